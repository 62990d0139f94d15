using Granary.Core;
using static Granary.Data.Batching.Tests.MixtureSamples;

namespace Granary.Data.Batching.Tests;

public sealed class RowGroupsTests
{
    private static readonly DatasetDecompositionConfig Config = new() { TokensPerStep = 256, Cycles = 2, Passes = 2, Curriculum = "uniform" };

    [Test]
    public void Every_row_of_every_step_has_the_group_that_a_walk_through_the_runs_finds()
    {
        var set = Manifest(["notes", "web"], (4, [(0, 0, 50), (0, 1, 1), (1, 0, 70)]), (6, [(1, 2, 9), (0, 2, 20)]));
        var sampler = new BucketSampler(set, Config, seed: 3);
        var groups = new RowGroups(set, sampler);

        foreach (var plan in Plans(sampler))
        {
            Assert.That(groups.At(plan.Step).Select(group => (group.Source, group.Cluster)), Is.EqualTo(plan.Rows.Select(row => GroupOf(set, plan.Exponent, row))));
        }
    }

    [Test]
    public void A_set_that_does_not_say_whose_rows_are_is_refused()
    {
        var set = OfSources(["notes"], (4, [64]));
        var silent = set with { Buckets = [.. set.Buckets.Select(bucket => bucket with { Groups = null })] };

        Assert.That(() => new RowGroups(silent, new BucketSampler(set, Config, seed: 3)), Throws.TypeOf<CorpusException>().With.Message.Contains("which source"));
    }
}
