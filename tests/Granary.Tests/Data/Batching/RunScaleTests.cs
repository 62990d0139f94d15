using Granary.Data.Shards;

namespace Granary.Data.Batching.Tests;

public sealed class RunScaleTests
{
    private static readonly ShardManifest Manifest = MixtureSamples.Manifest(
        ["notes", "web"], (4, [(0, 0, 200), (1, 0, 120), (1, 1, 80)]), (5, [(0, 1, 40), (1, 1, 60)]));

    private static readonly DatasetDecompositionConfig Config = new() { TokensPerStep = 64, Cycles = 2, ClusterWeights = MixtureSamples.Weights(("0", 3), ("1", 1)) };

    [TestCase(7)]
    [TestCase(500)]
    public void The_run_has_as_many_steps_as_asked_whatever_its_rows_would_give(long steps)
    {
        var sampler = new BucketSampler(Manifest, Config, seed: 1, new RunScale(steps, RowShare: 0.1));

        Assert.That(sampler.TotalSteps, Is.EqualTo(steps));
        Assert.That(sampler.Warnings, Is.Empty);
    }

    [Test]
    public void Only_the_kept_share_of_each_group_is_used_and_all_of_it()
    {
        const double Share = 0.25;
        var sampler = new BucketSampler(Manifest, Config, seed: 1, new RunScale(600, Share));

        var used = MixtureSamples.Plans(sampler).SelectMany(plan => plan.Rows.Select(row => (plan.Exponent, Row: row))).ToHashSet();

        foreach (var group in used.GroupBy(row => (row.Exponent, MixtureSamples.GroupOf(Manifest, row.Exponent, row.Row))))
        {
            var rows = Manifest.Buckets.Single(bucket => bucket.Exponent == group.Key.Exponent).Groups!.Single(run => (run.Source, run.Cluster) == group.Key.Item2).Rows;
            Assert.That(group.Count(), Is.EqualTo(Math.Round(rows * Share)), $"{group.Key}");
        }
    }

    [Test]
    public void A_small_run_over_a_small_share_repeats_its_rows_as_often_as_a_large_one_over_all()
    {
        var large = new BucketSampler(Manifest, Config, seed: 1, new RunScale(1_000, RowShare: 1));
        var small = new BucketSampler(Manifest, Config, seed: 1, new RunScale(250, RowShare: 0.25));

        foreach (var (one, other) in large.Uses.Zip(small.Uses))
        {
            Assert.That((double)other.TokensUsed / other.Tokens, Is.EqualTo((double)one.TokensUsed / one.Tokens).Within(2).Percent, $"{one}");
        }
    }

    [Test]
    public void The_smallest_group_keeps_a_row()
    {
        var sampler = new BucketSampler(Manifest, Config, seed: 1, new RunScale(50, RowShare: 1e-6));

        Assert.That(sampler.Uses.Select(use => use.Tokens >> use.Exponent), Is.All.EqualTo(1));
        Assert.That(MixtureSamples.Plans(sampler).SelectMany(plan => plan.Rows.Select(row => (plan.Exponent, row))).Distinct().Count(), Is.EqualTo(5));
    }

    [Test]
    public void Uses_at_a_step_say_whose_each_row_is()
    {
        var sampler = new BucketSampler(Manifest, Config, seed: 3, new RunScale(40, RowShare: 0.5));

        foreach (var plan in MixtureSamples.Plans(sampler))
        {
            var told = sampler.UsesAt(plan.Step).Select(use => (sampler.Uses[use].Source, sampler.Uses[use].Cluster));
            var looked = plan.Rows.ToArray().Select(row => MixtureSamples.GroupOf(Manifest, plan.Exponent, row)).Select(group => ((string?)Manifest.Sources[group.Source].Name, group.Cluster));
            Assert.That(told, Is.EqualTo(looked));
        }
    }

    [Test]
    public void Scale_and_seed_decide_the_order_and_its_hash()
    {
        var scale = new RunScale(30, 0.5);
        string Order(long seed, RunScale of) => string.Join('\n', MixtureSamples.Plans(new BucketSampler(Manifest, Config, seed, of)).Select(MixtureSamples.Text));

        Assert.That(Order(1, scale), Is.EqualTo(Order(1, scale with { })));
        Assert.That(Order(1, scale), Is.Not.EqualTo(Order(2, scale)));
        Assert.That(new BucketSampler(Manifest, Config, 1, scale).OrderSha256, Is.Not.EqualTo(new BucketSampler(Manifest, Config, 1, scale with { RowShare = 0.4 }).OrderSha256));
    }
}
