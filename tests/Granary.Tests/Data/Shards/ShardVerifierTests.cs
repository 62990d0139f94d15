using Granary.Testing;

namespace Granary.Data.Shards.Tests;

public sealed class ShardVerifierTests
{
    [Test]
    public void Whole_set_has_no_faults()
    {
        using var folder = new TempFolder();

        var verification = ShardVerifier.Verify(ShardSamples.WriteSet(folder.Path, [(4, 13), (6, 5)]));

        Assert.Multiple(() =>
        {
            Assert.That(verification.Faults, Is.Empty);
            Assert.That(verification.Rows, Is.EqualTo(18));
            Assert.That(verification.Shards, Is.EqualTo(4));
            Assert.That(verification.Bytes, Is.EqualTo(Directory.GetFiles(folder.Path, "*.shard", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length)));
        });
    }

    [Test]
    public void Each_damaged_shard_is_a_fault_of_its_own()
    {
        using var folder = new TempFolder();
        var path = ShardSamples.WriteSet(folder.Path, [(4, 13)], rowsPerShard: 5);
        foreach (var shard in Directory.GetFiles(folder["d04"]).Take(2))
        {
            var bytes = File.ReadAllBytes(shard);
            bytes[5_000] ^= 1;
            File.WriteAllBytes(shard, bytes);
        }

        Assert.That(ShardVerifier.Verify(path).Faults, Has.Count.EqualTo(2));
    }

    [Test]
    public void Sources_that_disagree_with_the_ledger_are_a_fault()
    {
        using var folder = new TempFolder();
        var path = ShardSamples.WriteSet(folder.Path, [(4, 13)]);
        var manifest = ShardManifest.Load(path);
        (manifest with { Sources = [.. manifest.Sources.Skip(1), manifest.Sources[0] with { TokensDropped = 1 }] }).Publish(path);

        Assert.That(ShardVerifier.Verify(path).Faults, Has.One.Contains("sources"));
    }

    [Test]
    public void Ledger_that_disagrees_with_the_shards_is_a_fault()
    {
        using var folder = new TempFolder();
        var path = ShardSamples.WriteSet(folder.Path, [(4, 13)]);
        var manifest = ShardManifest.Load(path);
        (manifest with { Ledger = manifest.Ledger with { TokensKept = 1 } }).Publish(path);

        Assert.That(ShardVerifier.Verify(path).Faults, Has.One.StartsWith("The ledger has"));
    }

    [TestCase(12, 0, Description = "a row too few")]
    [TestCase(13, 2, Description = "of a source that is not there")]
    public void Groups_that_disagree_with_their_bucket_are_a_fault(long rows, int source)
    {
        using var folder = new TempFolder();
        var path = ShardSamples.WriteSet(folder.Path, [(4, 13)]);
        var manifest = ShardManifest.Load(path);
        var group = new ShardGroup { Source = source, Cluster = ShardGroup.NoCluster, Rows = rows };
        (manifest with { Buckets = [manifest.Buckets[0] with { Groups = [group] }] }).Publish(path);

        Assert.That(ShardVerifier.Verify(path).Faults, Has.One.Contains("groups"));
    }
}
