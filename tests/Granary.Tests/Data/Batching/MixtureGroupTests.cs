using Granary.Core;

namespace Granary.Data.Batching.Tests;

public sealed class MixtureGroupTests
{
    [Test]
    public void Group_in_several_runs_goes_through_all_of_them()
    {
        var manifest = MixtureSamples.Manifest(["a", "b"], (4, [(0, -1, 3), (1, -1, 2), (0, -1, 4), (0, 1, 1), (1, -1, 1)]));

        var groups = MixtureGroup.OfSources(manifest.Buckets)!;

        Assert.Multiple(() =>
        {
            Assert.That(groups.Select(group => (group.Source, group.Cluster, group.Rows, group.Tokens)), Is.EqualTo(new[] { (0, -1, 7L, 112L), (0, 1, 1, 16), (1, -1, 3, 48) }));
            Assert.That(Enumerable.Range(0, 7).Select(i => groups[0].RowAt(i)), Is.EqualTo(new[] { 0, 1, 2, 5, 6, 7, 8 }));
            Assert.That(Enumerable.Range(0, 3).Select(i => groups[2].RowAt(i)), Is.EqualTo(new[] { 3, 4, 10 }));
        });
    }

    [Test]
    public void Whole_bucket_is_its_rows_in_their_order()
    {
        var manifest = MixtureSamples.OfSources(["a"], (4, [5]), (6, [2]));

        var groups = MixtureGroup.WholeBuckets(manifest.Buckets);

        Assert.Multiple(() =>
        {
            Assert.That(groups.Select(group => (group.Bucket, group.Exponent, group.Rows, group.IsWholeBucket)), Is.EqualTo(new[] { (0, 4, 5L, true), (1, 6, 2, true) }));
            Assert.That(Enumerable.Range(0, 5).Select(i => groups[0].RowAt(i)), Is.EqualTo(new[] { 0, 1, 2, 3, 4 }));
        });
    }

    [Test]
    public void Groups_that_do_not_add_up_to_their_bucket_are_refused()
    {
        var bucket = MixtureSamples.OfSources(["a"], (4, [5])).Buckets[0];

        Assert.That(() => MixtureGroup.OfSources([bucket with { Rows = 6 }]), Throws.TypeOf<CorpusException>().With.Message.Contains("'5' rows but it has 6"));
        Assert.That(MixtureGroup.OfSources([bucket with { Groups = null }]), Is.Null);
    }
}
