using Granary.Core;
using Granary.Testing;

namespace Granary.Data.Shards.Tests;

public sealed class ShardSetTests
{
    private static readonly (int, long)[] Buckets = [(4, 13), (6, 5)];

    [Test]
    public void Rows_are_numbered_through_the_shards_of_a_bucket([Values(50_000, 100_000)] int vocabularySize)
    {
        using var folder = new TempFolder();

        using var set = ShardSet.Open(ShardSamples.WriteSet(folder.Path, Buckets, rowsPerShard: 5, vocabularySize));

        foreach (var (exponent, rows) in Buckets)
        {
            Assert.That(set.CountRows(exponent), Is.EqualTo(rows));
            for (var row = 0L; row < rows; row++)
            {
                var ids = new int[1 << exponent];
                set.CopyRow(exponent, row, ids);
                Assert.Multiple(() =>
                {
                    Assert.That(ids, Is.EqualTo(ShardSamples.Ids(exponent, row, vocabularySize)));
                    Assert.That(set.NextToken(exponent, row), Is.EqualTo(ShardSamples.Next(exponent, row, vocabularySize)));
                    Assert.That(set.Provenance(exponent, row), Is.EqualTo(ShardSamples.Provenance(exponent, row)));
                });
            }
        }
    }

    [Test]
    public void Many_threads_may_read_at_once()
    {
        using var folder = new TempFolder();
        using var set = ShardSet.Open(ShardSamples.WriteSet(folder.Path, [(4, 4_000)], rowsPerShard: 50));

        Parallel.For(0, 4_000, row =>
        {
            var ids = new int[16];
            set.CopyRow(4, row, ids);
            Assert.That(ids, Is.EqualTo(ShardSamples.Ids(4, row)));
        });
    }

    [Test]
    public void Row_or_bucket_that_is_not_there_is_refused()
    {
        using var folder = new TempFolder();
        using var set = ShardSet.Open(ShardSamples.WriteSet(folder.Path, Buckets));

        Assert.Multiple(() =>
        {
            Assert.That(() => set.NextToken(4, 13), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => set.NextToken(5, 0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("2^4, 2^6"));
            Assert.That(set.CountRows(5), Is.Zero);
        });
    }

    [Test]
    public void Other_tokenizer_is_refused()
    {
        using var folder = new TempFolder();
        var path = ShardSamples.WriteSet(folder.Path, Buckets);

        Assert.That(() => ShardSet.Open(path, ShardSamples.Config), Throws.TypeOf<CorpusException>().With.Message.Contains(ShardSamples.Tokenizer));
        Assert.That(() => ShardSet.Open(path, ShardSamples.Tokenizer).Dispose(), Throws.Nothing);
    }

    [TestCase("cut off", Description = "a byte is missing")]
    [TestCase("empty")]
    [TestCase("missing")]
    public void Shard_that_is_not_whole_is_refused_by_the_check_of_files_and_when_it_is_touched(string fault)
    {
        using var folder = new TempFolder();
        var path = ShardSamples.WriteSet(folder.Path, [(4, 13), (6, 5)], rowsPerShard: 5);
        var shard = folder[ShardManifest.Load(path).Buckets[0].Shards[1].File];
        Damage(shard, fault);

        using var set = ShardSet.Open(path);

        var expected = fault == "missing" ? "missing" : "cut off";
        Assert.Multiple(() =>
        {
            Assert.That(set.CheckFiles, Throws.TypeOf<CorpusException>().With.Message.Contains(expected).And.Message.StartsWith(shard));
            Assert.That(() => set.NextToken(4, 5), Throws.TypeOf<CorpusException>().With.Message.Contains(expected).And.Message.StartsWith(shard));
            Assert.That(() => set.NextToken(4, 4), Throws.Nothing);
            Assert.That(ShardVerifier.Verify(path).Faults, Has.One.Contains(expected));
        });
    }

    [Test]
    public void Check_of_files_names_the_first_fault_in_the_order_of_the_manifest()
    {
        using var folder = new TempFolder();
        var path = ShardSamples.WriteSet(folder.Path, [(4, 200)], rowsPerShard: 1);
        var shards = ShardManifest.Load(path).Buckets[0].Shards;
        foreach (var shard in shards.Skip(77))
        {
            File.Delete(folder[shard.File]);
        }

        using var set = ShardSet.Open(path);

        Assert.That(set.CheckFiles, Throws.TypeOf<CorpusException>().With.Message.StartsWith(folder[shards[77].File]));
    }

    [Test]
    public void Swapped_shards_are_refused_though_each_is_whole()
    {
        using var folder = new TempFolder();
        var path = ShardSamples.WriteSet(folder.Path, Buckets, rowsPerShard: 5);
        var entries = ShardManifest.Load(path).Buckets[0].Shards;
        File.Copy(folder[entries[1].File], folder[entries[0].File], overwrite: true);

        using var set = ShardSet.Open(path);

        Assert.That(() => set.NextToken(4, 0), Throws.TypeOf<CorpusException>().With.Message.Contains("another set"));
        Assert.That(() => set.NextToken(4, 5), Throws.Nothing);
    }

    [Test]
    public void Set_is_found_through_its_manifest_alone()
    {
        using var folder = new TempFolder();
        ShardSamples.Write(folder["d04"], 4, 0, 5);

        Assert.That(() => ShardSet.Open(folder[ShardManifest.FileName]), Throws.TypeOf<CorpusException>().With.Message.Contains("no shard manifest"));
    }

    private static void Damage(string shard, string fault)
    {
        switch (fault)
        {
            case "cut off":
                File.WriteAllBytes(shard, File.ReadAllBytes(shard)[..^1]);
                break;
            case "empty":
                File.WriteAllBytes(shard, []);
                break;
            default:
                File.Delete(shard);
                break;
        }
    }
}
