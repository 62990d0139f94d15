using FsCheck;
using FsCheck.Fluent;
using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Data.Shards;
using Granary.Data.Shards.Tests;
using static Granary.Data.Batching.Tests.MixtureSamples;

namespace Granary.Data.Batching.Tests;

/// <summary>The sampler with weights by source, cluster and length, and with phases.</summary>
public sealed class WeightedSamplerTests
{
    private static readonly string[] Names = ["notes", "web"];
    private static readonly DatasetDecompositionConfig Config = new() { TokensPerStep = 1_024, Cycles = 2, Curriculum = "uniform", MaxEpochs = 100 };

    // Notes are a tenth of the tokens and mostly short.
    private static readonly ShardManifest Set = OfSources(Names, (4, [4_000, 8_000]), (6, [500, 6_000]), (8, [0, 1_000]));

    [FsCheck.NUnit.Property(MaxTest = 60)]
    public Property Any_mixture_is_drawn_as_from_explicit_queues()
    {
        var runs =
            from source in Gen.Choose(0, 2)
            from cluster in Gen.Choose(-1, 1)
            from rows in Gen.Choose(1, 40)
            select (source, cluster, (long)rows);
        var phases =
            from share in Gen.Choose(1, 9)
            from web in Gen.Choose(0, 3)
            from cycles in Gen.Choose(0, 3)
            from curriculum in Gen.Elements(string.Empty, "natural", "grow-p2")
            from mixture in Gen.Elements(string.Empty, "equal")
            select new MixturePhaseConfig { Until = share / 10.0, SourceWeights = Weights(("a", 2), ("b", web), ("c", 1)), Curriculum = curriculum, Cycles = cycles, Mixture = mixture };
        var cases =
            from buckets in Gen.ListOf(Gen.ListOf(runs, 6), 3)
            from phase in phases
            from isPhased in Gen.Elements(true, false)
            from weights in Gen.ArrayOf(Gen.Choose(0, 4), 3)
            from exhausted in Gen.Elements("stop", "spill")
            from maxEpochs in Gen.Choose(1, 5)
            from cycles in Gen.Choose(1, 4)
            from seed in Gen.Choose(0, 1_000)
            select (buckets, seed, config: new DatasetDecompositionConfig
            {
                TokensPerStep = 64,
                Cycles = cycles,
                SourceWeights = Weights(("a", 1 + weights[0]), ("b", weights[1]), ("c", weights[2] / 3.0)),
                Phases = isPhased ? [phase, new MixturePhaseConfig()] : [],
                MaxEpochs = maxEpochs,
                OnExhausted = exhausted,
            });
        return Prop.ForAll(cases.ToArbitrary(), item =>
        {
            // A row of the first source in each bucket, and enough rows for some steps.
            var manifest = Manifest(["a", "b", "c"], [.. item.buckets.Select((bucket, i) => (3 + i, new[] { (0, -1, 30L) }.Concat(bucket).ToArray()))]);
            var sampler = new BucketSampler(manifest, item.config, item.seed);
            var law = new MixtureLaw(manifest, item.config);
            var plan = new MixturePlan(law, item.config, manifest.Buckets);

            Assert.That(Plans(sampler).Select(Text), Is.EqualTo(ReferenceSampler.Plans(law, plan, KeyOf(manifest, item.seed))));
            AssertLimits(manifest, sampler, item.config.MaxEpochs);
        });
    }

    [Test]
    public void Without_weights_order_is_that_of_explicit_queues([Values("natural", "equal")] string mixture, [Values(1, 3)] int passes, [Values] bool isPhased)
    {
        var config = Config with
        {
            Mixture = mixture,
            Passes = passes,
            MaxEpochs = 0,
            Phases = isPhased ? [new() { Until = 0.3, Curriculum = "grow-p2" }, new() { Steps = 7 }, new() { Cycles = 2 }] : [],
        };
        var law = new MixtureLaw(Set, config);

        var expected = ReferenceSampler.Plans(law, new MixturePlan(law, config, Set.Buckets), KeyOf(Set, 1));

        Assert.That(law.IsWeighted, Is.False);
        Assert.That(Plans(new BucketSampler(Set, config, seed: 1)).Select(Text), Is.EqualTo(expected));
    }

    [Test]
    public void Phases_that_only_change_the_curriculum_take_each_row_once_a_pass()
    {
        var phases = new[] { new MixturePhaseConfig { Until = 0.25, Curriculum = "grow-p100" }, new() { Steps = 50 }, new() { Curriculum = "list", Odds = [1, 2, 3] } };
        var plain = new BucketSampler(Set, Config with { MaxEpochs = 0 }, seed: 1);

        var sampler = new BucketSampler(Set, Config with { MaxEpochs = 0, Phases = phases }, seed: 1);

        Assert.That(sampler.TotalSteps, Is.EqualTo(plain.TotalSteps));
        Assert.That(sampler.FirstStepsOfPhases(), Is.EqualTo(new[] { 0, (long)Math.Round(plain.TotalSteps * 0.25), (long)Math.Round(plain.TotalSteps * 0.25) + 50 }));
        foreach (var bucket in Plans(sampler).GroupBy(plan => plan.Exponent))
        {
            Assert.That(bucket.SelectMany(plan => plan.Rows), Is.Unique);
        }
    }

    [Test]
    public void Sources_have_the_shares_of_their_weights()
    {
        var sampler = new BucketSampler(Set, Config with { SourceWeights = Weights(("notes", 2), ("web", 1)) }, seed: 1);

        var tokens = TokensBySource(Set, Plans(sampler));

        Assert.Multiple(() =>
        {
            Assert.That(sampler.TotalSteps, Is.EqualTo(new BucketSampler(Set, Config, seed: 1).TotalSteps), "weights do not change the number of steps");
            Assert.That(tokens[0] / (double)tokens.Values.Sum(), Is.EqualTo(2 / 3.0).Within(0.005), "to within a step of each length");
            Assert.That(sampler.Report.Sources.Select(source => source.TokensUsed), Is.EqualTo(new[] { tokens[0], tokens[1] }));
            Assert.That(sampler.Report.Sources[0].Epochs, Is.EqualTo(tokens[0] / 96_000.0));
            Assert.That(sampler.Warnings, Is.Empty);
        });
    }

    [Test]
    public void Weights_that_are_the_natural_shares_use_every_row_once()
    {
        var natural = Weights(("notes", (4_000 * 16) + (500 * 64)), ("web", (8_000 * 16) + (6_000 * 64) + (1_000 * 256)));

        var sampler = new BucketSampler(Set, Config with { SourceWeights = natural, MaxEpochs = 1 }, seed: 1);

        Assert.That(sampler.TotalSteps, Is.GreaterThanOrEqualTo(new BucketSampler(Set, Config, seed: 1).TotalSteps - 1));
        foreach (var bucket in Plans(sampler).GroupBy(plan => plan.Exponent))
        {
            var rows = Set.Buckets.Single(entry => entry.Exponent == bucket.Key).Rows;
            Assert.That(bucket.SelectMany(plan => plan.Rows), Is.Unique);
            Assert.That(bucket.Sum(plan => plan.Rows.Count), Is.GreaterThan(rows - (2 * (1_024 >> bucket.Key))));
        }
    }

    [Test]
    public void Each_row_of_a_group_comes_once_before_any_comes_again()
    {
        var sampler = new BucketSampler(Set, Config with { SourceWeights = Weights(("notes", 2), ("web", 1)) }, seed: 1);

        var queues = Plans(sampler).SelectMany(plan => plan.Rows.Select(row => (plan.Exponent, row))).GroupBy(row => (row.Exponent, GroupOf(Set, row.Exponent, row.row).Source));

        foreach (var queue in queues)
        {
            var rows = (int)Set.Buckets.Single(bucket => bucket.Exponent == queue.Key.Exponent).Groups!.Single(group => group.Source == queue.Key.Source).Rows;
            foreach (var pass in queue.Select(entry => entry.row).Chunk(rows))
            {
                var seen = new System.Collections.BitArray((int)Set.Buckets.Single(bucket => bucket.Exponent == queue.Key.Exponent).Rows);
                foreach (var row in pass)
                {
                    Assert.That(seen[(int)row], Is.False);
                    seen[(int)row] = true;
                }
            }
        }
    }

    [Test]
    public void After_every_step_of_a_phase_each_group_is_within_one_row_of_its_ideal()
    {
        var config = Config with { Phases = [new() { Until = 0.4, SourceWeights = Weights(("notes", 2), ("web", 1)) }, new() { SourceWeights = Weights(("notes", 1), ("web", 5)) }] };
        var sampler = new BucketSampler(Set, config, seed: 1);
        var plan = new MixturePlan(new MixtureLaw(Set, config), config, Set.Buckets);

        foreach (var (index, phase) in plan.Phases.Index())
        {
            var steps = Plans(sampler).Skip((int)sampler.FirstStepsOfPhases()[index]).Take((int)phase.Steps);
            foreach (var bucket in steps.Where(step => step.Exponent < 8).GroupBy(step => step.Exponent))
            {
                // Both sources have rows of these lengths, so each bucket has two groups.
                var place = Set.Buckets.Index().Single(entry => entry.Item.Exponent == bucket.Key).Index;
                var wanted = phase.RowsByGroup[place * 2] / (double)(phase.StepsByBucket[place] * (1_024 >> bucket.Key));
                var (notes, rows) = (0, 0);
                foreach (var step in bucket)
                {
                    notes += step.Rows.Count(row => GroupOf(Set, bucket.Key, row).Source == 0);
                    rows += step.Rows.Count;
                    Assert.That(notes, Is.EqualTo(wanted * rows).Within(1));
                }
            }
        }
    }

    [Test]
    public void Every_cycle_holds_its_share_of_each_group()
    {
        var config = Config with { Cycles = 5, SourceWeights = Weights(("notes", 1), ("web", 3)) };
        var sampler = new BucketSampler(Set, config, seed: 1);

        var whole = TokensBySource(Set, Plans(sampler));

        foreach (var cycle in Plans(sampler).GroupBy(plan => plan.Cycle))
        {
            var tokens = TokensBySource(Set, cycle);
            Assert.That(tokens[0], Is.EqualTo(whole[0] / 5.0).Within(3 * 1_024), "to within a step of each length");
            Assert.That(tokens[1], Is.EqualTo(whole[1] / 5.0).Within(3 * 1_024));
        }
    }

    [Test]
    public void Changing_a_later_phase_leaves_the_steps_before_it_as_they_are()
    {
        var first = new MixturePhaseConfig { Until = 0.5, SourceWeights = Weights(("notes", 1), ("web", 1)) };
        var config = Config with { Phases = [first, new() { SourceWeights = Weights(("notes", 5), ("web", 1)) }] };
        var other = Config with { Phases = [first, new() { SourceWeights = Weights(("notes", 1), ("web", 7)), Curriculum = "grow-p2", Cycles = 4 }] };
        var (one, two) = (new BucketSampler(Set, config, seed: 1), new BucketSampler(Set, other, seed: 1));

        var border = (int)one.FirstStepsOfPhases()[1];

        Assert.That(border, Is.EqualTo(Math.Round(one.TotalSteps / 2.0)));
        Assert.That(Plans(two).Take(border).Select(Text), Is.EqualTo(Plans(one).Take(border).Select(Text)));
        Assert.That(Plans(two).Skip(border).Select(Text), Is.Not.EqualTo(Plans(one).Skip(border).Select(Text)));
        Assert.That(one.OrderSha256, Is.Not.EqualTo(two.OrderSha256));
    }

    [Test]
    public void Queues_go_on_across_the_border_of_phases()
    {
        var config = Config with { Phases = [new() { Steps = 20, SourceWeights = Weights(("notes", 1), ("web", 1)) }, new() { SourceWeights = Weights(("notes", 0), ("web", 1)) }] };

        var rows = Plans(new BucketSampler(Set, config, seed: 1)).Where(plan => plan.Exponent == 4).SelectMany(plan => plan.Rows.Where(row => row >= 4_000)).ToList();

        Assert.That(rows.Take(8_000), Is.Unique);
        Assert.That(rows.Skip(8_000).Take(8_000), Is.Unique);
    }

    [Test]
    public void Any_step_of_any_phase_is_the_same_whatever_was_asked_before_and_from_any_thread()
    {
        var config = Config with { SourceWeights = Weights(("notes", 2), ("web", 1)), Phases = [new() { Until = 0.3 }, new() { Until = 0.7, Mixture = "equal" }, new() { SourceWeights = Weights(("notes", 1), ("web", 9)) }] };
        var expected = Plans(new BucketSampler(Set, config, seed: 1)).Select(Text).ToList();
        var shared = new BucketSampler(Set, config, seed: 1);
        var seen = new string[expected.Count];

        Parallel.For(0, seen.Length, i => seen[(i * 37L) % seen.Length] = Text(shared.PlanAt((i * 37L) % seen.Length)));

        Assert.That(seen, Is.EqualTo(expected));
        foreach (var step in shared.FirstStepsOfPhases().SelectMany(first => new[] { first - 1, first, first + 1 }).Where(step => step >= 0))
        {
            Assert.That(Text(new BucketSampler(Set, config, seed: 1).PlanAt(step)), Is.EqualTo(expected[(int)step]), "resumed at the border of a phase");
        }
    }

    [Test]
    public void Shares_of_any_number_of_ranks_make_up_each_step([Values(1, 2, 3, 4, 8)] int ranks)
    {
        var sampler = new BucketSampler(Set, Config with { SourceWeights = Weights(("notes", 2), ("web", 1)) }, seed: 1);
        var shares = Enumerable.Range(0, ranks).Select(rank => new BatchShare(rank, ranks)).ToList();

        foreach (var plan in Plans(sampler))
        {
            Assert.That(shares.SelectMany(share => plan.Rows.Take(share.Of(plan.Rows.Count).End).Skip(share.Of(plan.Rows.Count).First)), Is.EqualTo(plan.Rows));
        }
    }

    [Test]
    public void Clusters_and_sources_have_their_shares_at_once()
    {
        var manifest = Manifest(Names, (4, [(0, 0, 3_000), (0, 1, 1_000), (1, 0, 2_000), (1, 1, 6_000), (1, -1, 100)]));
        var config = Config with { SourceWeights = Weights(("notes", 3), ("web", 1)), ClusterWeights = Weights(("0", 1), ("1", 1), ("none", 0)) };
        var sampler = new BucketSampler(manifest, config, seed: 1);

        var rows = Plans(sampler).SelectMany(plan => plan.Rows).Select(row => GroupOf(manifest, 4, row)).ToList();

        Assert.Multiple(() =>
        {
            Assert.That(rows.Count(group => group.Source == 0) / (double)rows.Count, Is.EqualTo(0.75).Within(0.001));
            Assert.That(rows.Count(group => group.Cluster == 0) / (double)rows.Count, Is.EqualTo(0.5).Within(0.001));
            Assert.That(rows, Has.None.EqualTo((1, -1)));
        });
    }

    [Test]
    public void Lengths_keep_their_mixture_when_sources_are_weighed()
    {
        var manifest = OfSources(Names, (4, [4_000, 8_000]), (6, [500, 6_000]));
        var sampler = new BucketSampler(manifest, Config with { Mixture = "equal", SourceWeights = Weights(("notes", 1), ("web", 1)) }, seed: 1);

        var tokens = TokensBySource(manifest, Plans(sampler));

        Assert.Multiple(() =>
        {
            Assert.That(sampler.CountStepsByExponent()[4], Is.EqualTo(sampler.CountStepsByExponent()[6]).Within(1));
            Assert.That(tokens[0], Is.EqualTo(tokens[1]).Within(2 * 1_024));
        });
    }

    [Test]
    public void Shares_of_single_groups_are_taken_as_they_are()
    {
        var shares = new Dictionary<(int, int, int), double> { [(4, 0, -1)] = 1, [(8, 1, -1)] = 3 };
        var sampler = new BucketSampler(Set, Config, seed: 1, shares);

        var tokens = TokensBySource(Set, Plans(sampler));

        Assert.Multiple(() =>
        {
            Assert.That(sampler.CountStepsByExponent()[6], Is.Zero);
            Assert.That(tokens[1] / (double)tokens.Values.Sum(), Is.EqualTo(0.75).Within(0.005));
            Assert.That(sampler.OrderSha256, Is.Not.EqualTo(new BucketSampler(Set, Config, seed: 1).OrderSha256));
        });
    }

    [Test]
    public void Run_stops_where_a_source_reaches_its_limit_and_keeps_the_mixture()
    {
        var config = Config with { MaxEpochs = 0, MaxEpochsBySource = new Dictionary<string, int> { ["notes"] = 2 }, SourceWeights = Weights(("notes", 2), ("web", 1)) };
        var sampler = new BucketSampler(Set, config, seed: 1);

        var tokens = TokensBySource(Set, Plans(sampler));

        Assert.Multiple(() =>
        {
            Assert.That(tokens[0], Is.EqualTo(2 * 96_000).Within(2 * 1_024).And.AtMost(2 * 96_000));
            Assert.That(tokens[1], Is.EqualTo(96_000).Within(3 * 1_024));
            Assert.That(sampler.Warnings, Has.Count.EqualTo(1).And.All.Contains("'notes'").And.All.Contains("allows 2").And.All.Contains($"stops after {sampler.TotalSteps} steps"));
        });
    }

    [Test]
    public void Spilled_weight_goes_to_the_other_sources_and_the_run_keeps_its_length()
    {
        var config = Config with { MaxEpochs = 2, OnExhausted = "spill", SourceWeights = Weights(("notes", 2), ("web", 1)) };
        var sampler = new BucketSampler(Set, config, seed: 1);

        var tokens = TokensBySource(Set, Plans(sampler));

        Assert.Multiple(() =>
        {
            Assert.That(sampler.TotalSteps, Is.EqualTo(new BucketSampler(Set, Config, seed: 1).TotalSteps));
            Assert.That(tokens[0], Is.EqualTo(2 * 96_000).Within(2 * 1_024).And.AtMost(2 * 96_000));
            Assert.That(sampler.Warnings, Has.Count.EqualTo(1).And.All.Contains("'notes'").And.All.Contains("comes from the others"));
            Assert.That(sampler.Report.Sources[0].MostEpochs, Is.AtMost(2));
        });
        AssertLimits(Set, sampler, 2);
    }

    [Test]
    public void Source_used_up_in_an_early_phase_is_missing_in_a_late_one()
    {
        var config = Config with { MaxEpochs = 1, OnExhausted = "spill", SourceWeights = Weights(("notes", 1), ("web", 1)), Phases = [new() { Until = 0.5 }, new()] };
        var sampler = new BucketSampler(Set, config, seed: 1);

        var (early, late) = (Plans(sampler).Take((int)sampler.FirstStepsOfPhases()[1]), Plans(sampler).Skip((int)sampler.FirstStepsOfPhases()[1]));

        Assert.Multiple(() =>
        {
            Assert.That(TokensBySource(Set, early)[0], Is.EqualTo(96_000).Within(2_048));
            Assert.That(TokensBySource(Set, late).GetValueOrDefault(0), Is.LessThan(2_048));
        });
    }

    [Test]
    public void Limits_below_the_passes_hold_without_weights()
    {
        var sampler = new BucketSampler(Set, Config with { MaxEpochs = 2, Passes = 3 }, seed: 1);

        Assert.Multiple(() =>
        {
            Assert.That(sampler.TotalSteps, Is.EqualTo(new BucketSampler(Set, Config with { MaxEpochs = 0, Passes = 2 }, seed: 1).TotalSteps).Within(2));
            Assert.That(sampler.Warnings, Is.Not.Empty);
        });
    }

    [Test]
    public void Source_left_out_does_not_lengthen_the_run()
    {
        var sampler = new BucketSampler(Set, Config with { SourceWeights = Weights(("notes", 1), ("web", 0)) }, seed: 1);

        Assert.That(sampler.TotalSteps, Is.EqualTo(4_000 / 64 + 500 / 16), "one pass over the notes");
    }

    [Test]
    public void Rows_of_one_length_are_mixed_without_curriculum()
    {
        var manifest = OfSources(Names, (6, [500, 6_000]));
        var config = new OneLengthConfig { TokensPerStep = 1_024, MaxEpochs = 20, SourceWeights = Weights(("notes", 1), ("web", 1)) };

        var sampler = new BucketSampler(manifest, config, seed: 1);

        Assert.That(Plans(sampler).Select(plan => plan.Rows.Count(row => row < 500)), Is.All.EqualTo(8));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Buckets_of_each_phase_are_drawn_by_its_odds(bool isSecond)
    {
        var manifest = OfSources(Names, (8, [40_000, 600_000]), (9, [160_000, 160_000]), (10, [100_000, 60_000]));
        var config = new DatasetDecompositionConfig
        {
            TokensPerStep = 8_192,
            SourceWeights = Weights(("notes", 1), ("web", 1)),
            Phases = [new() { Until = 0.5, Curriculum = "list", Odds = [4, 2, 1], Cycles = 1 }, new() { Curriculum = "list", Odds = [1, 1, 3], Cycles = 1 }],
        };
        var sampler = new BucketSampler(manifest, config, seed: 3);
        var first = isSecond ? sampler.FirstStepsOfPhases()[1] : 0;
        double[] odds = isSecond ? [1, 1, 3] : [4, 2, 1];

        // While all three last.
        const int Draws = 5_000;
        var counts = new int[3];
        for (var step = 0; step < Draws; step++)
        {
            counts[sampler.PlanAt(first + step).Exponent - 8]++;
        }

        var chiSquare = counts.Zip(odds).Sum(pair => Math.Pow(pair.First - (Draws * pair.Second / odds.Sum()), 2) / (Draws * pair.Second / odds.Sum()));
        Assert.That(chiSquare, Is.LessThan(9.21), "99 % of chi-square with 2 degrees of freedom");
    }

    [Test]
    public void Millions_of_rows_cost_no_more_than_their_steps()
    {
        var manifest = Manifest(Names, (6, [.. Enumerable.Range(0, 40).Select(group => (group % 2, group / 2, 1_000_000L + group))]));
        var config = new DatasetDecompositionConfig { TokensPerStep = 1 << 16, SourceWeights = Weights(("notes", 2), ("web", 1)) };
        var before = GC.GetAllocatedBytesForCurrentThread();

        var sampler = new BucketSampler(manifest, config, seed: 1);
        var plan = sampler.PlanAt(sampler.TotalSteps - 1);

        Assert.That(plan.Rows, Is.Unique.And.Count.EqualTo(1_024));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(40L << 20), "40 million rows, so nothing is kept for each");
    }

    [Test]
    public void Set_that_does_not_say_whose_rows_are_whose_is_refused()
    {
        var config = Config with { SourceWeights = Weights(("one", 1), ("other", 1)) };

        Assert.That(() => new BucketSampler(ShardSamples.Manifest([(4, 1_000)]), config, seed: 1), Throws.TypeOf<ConfigurationException>().With.Message.Contains("Build the shards again"));
    }

    [Test]
    public void Weights_of_unknown_and_of_missing_names_are_refused_together()
    {
        var config = Config with { SourceWeights = Weights(("note", 1), ("web", 1)), Phases = [new() { Until = 0.5, ClusterWeights = Weights(("3", 1)) }, new()] };

        var thrown = Assert.Throws<ConfigurationException>(() => _ = new BucketSampler(Set, config, seed: 1));

        Assert.That(thrown.Errors, Has.Some.StartsWith("'batching.source_weights.note' is '1' but must be for one of 'notes', 'web'")
            .And.Some.Contains("'notes' has no weight")
            .And.Some.StartsWith("'batching.phases.0.cluster_weights.3'")
            .And.Some.Contains("'none' has no weight"));
    }

    [Test]
    public void Source_without_rows_of_the_lengths_taken_is_named()
    {
        var sampler = new BucketSampler(Set, Config with { Mixture = "list", MixtureFractions = [0, 0, 1], SourceWeights = Weights(("notes", 1), ("web", 1)) }, seed: 1);

        Assert.That(sampler.Warnings, Has.Count.EqualTo(1).And.All.Contains("'notes' gets 0.0 % of the tokens instead of 50.0 %"));
    }

    [Test]
    public void Phase_without_a_step_is_named()
    {
        var sampler = new BucketSampler(Set, Config with { Phases = [new() { Steps = 1_000_000 }, new() { Curriculum = "natural" }] }, seed: 1);

        Assert.That(sampler.Warnings, Has.Count.EqualTo(1).And.All.StartsWith("'batching.phases.1' has no step"));
    }

    [Test]
    public void Limits_that_leave_no_step_are_refused()
    {
        var manifest = OfSources(Names, (4, [10, 8_000]));
        var config = Config with { MaxEpochs = 1, SourceWeights = Weights(("notes", 1_000), ("web", 1)) };

        Assert.That(() => new BucketSampler(manifest, config, seed: 1), Throws.TypeOf<ConfigurationException>().With.Message.Contains("leave not one step"));
    }

    [Test]
    public void Summary_tells_how_often_each_source_is_used()
    {
        var sampler = new BucketSampler(Set, Config with { SourceWeights = Weights(("notes", 2), ("web", 1)), Phases = [new() { Until = 0.5 }, new()] }, seed: 1);

        var lines = sampler.Describe().Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToList();

        Assert.Multiple(() =>
        {
            Assert.That(lines, Has.Some.StartsWith("mean length of a row "));
            Assert.That(lines, Has.Some.StartsWith("steps by phase: "));
            Assert.That(lines, Has.Some.Match("^96,000 5[0-9]{2},[0-9]{3} 66.[0-9] % [56].[0-9]{2} 6.[0-9] notes$"));
        });
    }

    private static RandomKey KeyOf(ShardManifest manifest, long seed)
    {
        var key = RandomKey.FromSeed(seed).Use("batching/order");
        return Convert.FromHexString(manifest.ManifestHash).Chunk(8).Aggregate(key, (folded, bytes) => folded.Fold(BitConverter.ToInt64(bytes)));
    }

    private static void AssertLimits(ShardManifest manifest, BucketSampler sampler, int maxEpochs)
    {
        var uses = Plans(sampler).SelectMany(plan => plan.Rows.Select(row => (plan.Exponent, row))).CountBy(row => row);
        Assert.That(uses.Select(use => use.Value), Is.All.AtMost(maxEpochs), manifest.ManifestHash);
    }

    private sealed record OneLengthConfig : BatchingConfig
    {
        internal override DatasetDecompositionConfig ToSampling()
        {
            return new DatasetDecompositionConfig { TokensPerStep = TokensPerStep, Passes = Passes, Cycles = 1, Curriculum = "natural" };
        }
    }
}
