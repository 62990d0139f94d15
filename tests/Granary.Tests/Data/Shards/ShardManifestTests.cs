using Granary.Core;
using Granary.Testing;

namespace Granary.Data.Shards.Tests;

public sealed class ShardManifestTests
{
    [TestCase(9, Description = "one bit of every byte")]
    [TestCase(1, Description = "every bit", Category = "Slow")]
    public void Every_flipped_bit_is_found(int step)
    {
        using var folder = new TempFolder();
        var path = ShardSamples.WriteSet(folder.Path, [(4, 3)]);
        var bytes = File.ReadAllBytes(path);

        for (var bit = 0; bit < bytes.Length * 8; bit += step)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(path, damaged);
            Assert.Throws<CorpusException>(() => ShardManifest.Load(path), $"bit {bit % 8} of byte {bit / 8}");
        }
    }

    [Test]
    public void Manifest_reads_back_and_its_hash_covers_its_content()
    {
        using var folder = new TempFolder();
        var manifest = ShardSamples.Manifest([(4, 3), (8, 7)]);
        manifest.Publish(folder["m.json"]);

        var read = ShardManifest.Load(folder["m.json"]);

        Assert.Multiple(() =>
        {
            Assert.That(read.ManifestHash, Is.EqualTo(manifest.ManifestHash));
            Assert.That(read.Buckets.Select(bucket => bucket.Rows), Is.EqualTo(new[] { 3, 7 }));
            Assert.That(ShardSamples.Manifest([(4, 3), (8, 8)]).ManifestHash, Is.Not.EqualTo(manifest.ManifestHash));
        });
    }

    [TestCase("\"rows\": 7", "\"rows\": \"7\"", Description = "a text for a number")]
    [TestCase("\"rows\": 7", "\"rows\": 7.5", Description = "no whole number")]
    [TestCase("\"file\": \"a\",", "", Description = "a field is missing")]
    [TestCase("\"file\": \"a\",", "\"file\": \"a\", \"size\": 1,", Description = "an unknown field")]
    [TestCase("\"shards\": [", "\"shards\": [[], ", Description = "an array for a shard")]
    public void Shard_of_another_form_is_refused_with_its_place(string old, string young)
    {
        using var folder = new TempFolder();
        var entry = new ShardEntry { File = "a", Rows = 7, Bytes = 8, Sha256 = ShardSamples.Config };
        (ShardSamples.Manifest([(4, 7)]) with { Buckets = [new ShardBucket { Exponent = 4, Rows = 9, Shards = [entry] }] }).Publish(folder["m.json"]);
        var text = File.ReadAllText(folder["m.json"]);
        Assert.That(text, Does.Contain(old));
        Assert.That(ShardManifest.Load(folder["m.json"]).Buckets[0].Shards, Is.EqualTo(new[] { entry }));

        File.WriteAllText(folder["m.json"], text.Replace(old, young, StringComparison.Ordinal));

        var thrown = Assert.Throws<CorpusException>(() => ShardManifest.Load(folder["m.json"]));
        Assert.That(thrown.Message, Does.Contain("cannot be read"));
        Assert.That(thrown.Line, Is.GreaterThan(1));
    }

    [Test]
    public void Sets_built_apart_join_in_the_given_order()
    {
        using var folder = new TempFolder();
        var first = ShardManifest.Load(ShardSamples.WriteSet(folder["u0"], [(4, 7)]));
        var second = ShardManifest.Load(ShardSamples.WriteSet(folder["u1"], [(4, 2), (6, 1)]));

        ShardManifest.Join([("u0", first), ("u1", second)]).Publish(folder["manifest.json"]);

        using var set = ShardSet.Open(folder["manifest.json"]);
        Assert.Multiple(() =>
        {
            Assert.That(set.CountRows(4), Is.EqualTo(9));
            Assert.That(set.CountRows(6), Is.EqualTo(1));
            Assert.That(set.NextToken(4, 8), Is.EqualTo(ShardSamples.Next(4, 1)), "row 1 of the second set");
            Assert.That(set.Manifest.Ledger.Documents, Is.EqualTo(2));
            Assert.That(set.Manifest.Sources[0].TokensRead, Is.EqualTo((9 * 16) + 64));
            Assert.That(ShardVerifier.Verify(folder["manifest.json"]).Faults, Is.Empty);
        });
    }

    [Test]
    public void Groups_of_joined_sets_follow_one_another_and_neighbours_of_one_group_become_one_run()
    {
        var (one, other) = (Grouped((0, -1, 3), (1, -1, 4)), Grouped((1, -1, 2), (0, 5, 1)));

        var joined = ShardManifest.Join([("a", one), ("b", other)]);

        Assert.That(joined.Buckets[0].Groups!.Select(group => (group.Source, group.Cluster, group.Rows)), Is.EqualTo(new[] { (0, -1, 3L), (1, -1, 6L), (0, 5, 1L) }));
        Assert.That(ShardManifest.Join([("a", one), ("b", ShardSamples.Manifest([(4, 3)]))]).Buckets[0].Groups, Is.Null, "a part that does not say leaves the whole unsaid");
    }

    [Test]
    public void Sets_of_different_vocabularies_do_not_join()
    {
        var (one, other) = (ShardSamples.Manifest([(4, 3)]), ShardSamples.Manifest([(4, 3)], vocabularySize: 100));

        Assert.That(() => ShardManifest.Join([("a", one), ("b", other)]), Throws.TypeOf<CorpusException>().With.Message.Contains("another tokenizer"));
    }

    private static ShardManifest Grouped(params (int Source, int Cluster, long Rows)[] runs)
    {
        var plain = ShardSamples.Manifest([(4, runs.Sum(run => run.Rows))]);
        return plain with { Buckets = [plain.Buckets[0] with { Groups = [.. runs.Select(run => new ShardGroup { Source = run.Source, Cluster = run.Cluster, Rows = run.Rows })] }] };
    }
}
