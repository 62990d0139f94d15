using Granary.Testing;

namespace Granary.Data.Shards.Tests;

public sealed class ShardJournalTests
{
    private const string Build = "a build";

    [Test]
    public void Parts_read_back_in_their_order()
    {
        using var folder = new TempFolder();

        var written = Write(folder.Path, parts: 3);

        using var journal = ShardJournal.Open(folder.Path, Build);
        Assert.That(journal.Parts.Select(part => part.Seal().ManifestHash), Is.EqualTo(written.Select(part => part.Seal().ManifestHash)));
    }

    [Test]
    public void Nothing_lies_in_the_folder_before_a_part_is_finished()
    {
        using var folder = new TempFolder();

        using (ShardJournal.Open(folder.Path, Build))
        {
        }

        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty);
    }

    [Test]
    public void Torn_last_line_is_dropped_wherever_it_is_torn()
    {
        using var folder = new TempFolder();
        var parts = Write(folder.Path, parts: 2);
        var bytes = File.ReadAllBytes(folder[ShardJournal.FileName]);
        var last = bytes.AsSpan(0, bytes.Length - 1).LastIndexOf((byte)'\n') + 1;

        for (var length = last; length < bytes.Length; length++)
        {
            File.WriteAllBytes(folder[ShardJournal.FileName], bytes[..length]);

            using (var journal = ShardJournal.Open(folder.Path, Build))
            {
                Assert.That(journal.Parts, Has.Count.EqualTo(1), $"{length} bytes");
                journal.Append(parts[1]);
            }

            Assert.That(File.ReadAllBytes(folder[ShardJournal.FileName]), Is.EqualTo(bytes), $"{length} bytes");
        }
    }

    [Test]
    public void Every_flipped_bit_ends_the_journal_in_front_of_its_line()
    {
        using var folder = new TempFolder();
        Write(folder.Path, parts: 2);
        var bytes = File.ReadAllBytes(folder[ShardJournal.FileName]);

        for (var bit = 0; bit < bytes.Length * 8; bit += 7)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(folder[ShardJournal.FileName], damaged);
            var whole = bytes.AsSpan(0, bit / 8).Count((byte)'\n') - 1; // the first line is the heading

            using var journal = ShardJournal.Open(folder.Path, Build);

            Assert.That(journal.Parts, Has.Count.EqualTo(Math.Max(0, whole)), $"bit {bit}");
        }
    }

    [Test]
    public void Journal_of_another_build_is_removed()
    {
        using var folder = new TempFolder();
        Write(folder.Path, parts: 2);

        using var journal = ShardJournal.Open(folder.Path, "another build");

        Assert.That(journal.Parts, Is.Empty);
        Assert.That(File.Exists(folder[ShardJournal.FileName]), Is.False);
    }

    [Test]
    public void Part_whose_shard_is_gone_or_cut_off_ends_the_journal([Values] bool isCut)
    {
        using var folder = new TempFolder();
        var shard = folder[Write(folder.Path, parts: 3)[1].Buckets[0].Shards[0].File];
        if (isCut)
        {
            File.WriteAllBytes(shard, File.ReadAllBytes(shard)[..^1]);
        }
        else
        {
            File.Delete(shard);
        }

        using var journal = ShardJournal.Open(folder.Path, Build);

        Assert.That(journal.Parts, Has.Count.EqualTo(1));
    }

    private static List<ShardManifest> Write(string folder, int parts)
    {
        using var journal = ShardJournal.Open(folder, Build);
        for (var part = 0; part < parts; part++)
        {
            var entry = ShardSamples.Write(Path.Combine(folder, "d04"), exponent: 4, firstRow: 10 * part, rows: 10);
            journal.Append(ShardSamples.Manifest([(4, 10)]) with
            {
                Buckets = [new ShardBucket { Exponent = 4, Rows = 10, Shards = [entry with { File = $"d04/{entry.File}" }] }],
            });
        }

        return [.. journal.Parts];
    }
}
