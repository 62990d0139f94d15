using Granary.Testing;

namespace Granary.Data.Shards.Tests;

public sealed class ShardComparisonTests
{
    [Test]
    public void Set_is_the_same_as_its_copy()
    {
        using var folder = new TempFolder();

        var differences = Compare(ShardSamples.WriteSet(folder["a"], [(4, 13), (6, 5)]), ShardSamples.WriteSet(folder["b"], [(4, 13), (6, 5)]));

        Assert.That(differences, Is.Empty);
    }

    [Test]
    public void Same_rows_in_other_shards_are_told_from_other_rows()
    {
        using var folder = new TempFolder();

        var differences = Compare(ShardSamples.WriteSet(folder["a"], [(4, 13)], rowsPerShard: 5), ShardSamples.WriteSet(folder["b"], [(4, 13)], rowsPerShard: 6));

        Assert.That(differences.Select(difference => difference.What), Is.EqualTo(new[] { "bucket 4, the same rows in other shards" }));
    }

    [Test]
    public void Longer_bucket_differs_where_the_shorter_ends()
    {
        using var folder = new TempFolder();

        var differences = Compare(ShardSamples.WriteSet(folder["a"], [(4, 13), (6, 5)]), ShardSamples.WriteSet(folder["b"], [(4, 15), (6, 5)]));

        Assert.That(differences.Select(difference => difference.What), Is.EqualTo(new[] { "tokens read", "tokens kept", "source 'one'", "bucket 4, rows", "bucket 4, first differing row 13" }));
        Assert.That(differences[^1].Left, Is.EqualTo("none"));
        Assert.That(differences[^1].Right, Does.Contain(ShardSamples.Provenance(4, 13).Document.ToString()));
    }

    [Test]
    public void First_differing_row_is_named_with_the_origin_of_both()
    {
        using var folder = new TempFolder();
        var (a, b) = (ShardSamples.WriteSet(folder["a"], [(4, 13)]), ShardSamples.WriteSet(folder["b"], [(4, 13)]));
        Replace(folder["b"], b, row: 8);

        var differences = Compare(a, b);

        Assert.That(differences, Has.Count.EqualTo(1));
        Assert.That(differences[0].What, Is.EqualTo("bucket 4, first differing row 8"));
        Assert.That(differences[0].Left, Does.Contain(ShardSamples.Provenance(4, 8).Document.ToString()));
        Assert.That(differences[0].Right, Does.Contain(ShardSamples.Provenance(4, 100).Document.ToString()));
    }

    [Test]
    public void Other_identity_and_other_buckets_are_named()
    {
        using var folder = new TempFolder();

        var differences = Compare(ShardSamples.WriteSet(folder["a"], [(4, 13)]), ShardSamples.WriteSet(folder["b"], [(6, 5)], vocabularySize: 100_000));

        Assert.That(differences.Select(difference => difference.What), Is.EqualTo(new[]
        {
            "vocabulary size", "tokens read", "tokens kept", "source 'one'", "bucket 4, rows", "bucket 4, first differing row 0", "bucket 6, rows", "bucket 6, first differing row 0",
        }));
    }

    private static List<ShardDifference> Compare(string left, string right)
    {
        using var a = ShardSet.Open(left);
        using var b = ShardSet.Open(right);
        return [.. ShardComparison.Compare(a, b)];
    }

    // Writes the shard that holds a row again, with row 100 in the row's place.
    private static void Replace(string folder, string path, int row)
    {
        var manifest = ShardManifest.Load(path);
        using var writer = new ShardWriter(Path.Combine(folder, "d04"), exponent: 4, ShardSamples.Identity());
        for (var i = 5; i < 10; i++)
        {
            var stored = i == row ? 100 : i;
            writer.Append(ShardSamples.Ids(4, stored), ShardSamples.Next(4, stored), ShardSamples.Provenance(4, stored));
        }

        var entry = writer.Complete();
        var bucket = manifest.Buckets[0];
        var shards = bucket.Shards.ToList();
        shards[1] = entry with { File = $"d04/{entry.File}" };
        (manifest with { Buckets = [bucket with { Shards = shards }] }).Publish(path);
    }
}
