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

    [Test]
    public void Missing_empty_and_cut_off_shards_are_refused_when_the_set_is_opened()
    {
        using var folder = new TempFolder();
        var path = ShardSamples.WriteSet(folder.Path, Buckets);
        var shard = Directory.GetFiles(folder["d04"]).Order().First();

        File.WriteAllBytes(shard, File.ReadAllBytes(shard)[..^1]);
        Assert.That(() => ShardSet.Open(path), Throws.TypeOf<CorpusException>().With.Message.Contains("cut off"));

        File.WriteAllBytes(shard, []);
        Assert.That(() => ShardSet.Open(path), Throws.TypeOf<CorpusException>().With.Message.Contains("cut off"));

        File.Delete(shard);
        Assert.That(() => ShardSet.Open(path), Throws.TypeOf<CorpusException>().With.Message.Contains("missing"));
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
}
