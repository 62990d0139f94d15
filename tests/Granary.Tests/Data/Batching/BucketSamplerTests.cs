using FsCheck;
using FsCheck.Fluent;
using Granary.Core.Configuration;
using Granary.Data.Shards.Tests;

namespace Granary.Data.Batching.Tests;

/// <summary>Decile means: the note's simulation of the paper's algorithm 1, mean of 20 runs; see dataset decomposition, table 2.</summary>
public sealed class BucketSamplerTests
{
    private static readonly (int Exponent, long Rows)[] Uneven = [(4, 1_003), (5, 0), (6, 517), (8, 64), (9, 31)];
    private static readonly DatasetDecompositionConfig Config = new() { TokensPerStep = 1_024, Cycles = 3, Passes = 2, Curriculum = "uniform" };

    [Test]
    public void Every_step_has_exactly_the_same_tokens_all_from_one_bucket()
    {
        var sampler = new BucketSampler(ShardSamples.Manifest([(4, 400_000), (8, 20_000), (10, 1_000)]), Config, seed: 1);

        for (var step = 0L; step < sampler.TotalSteps; step += 1)
        {
            var plan = sampler.PlanAt(step);
            Assert.That(plan.Rows.Count << plan.Exponent, Is.EqualTo(1_024));
        }

        Assert.That(sampler.TotalSteps, Is.GreaterThan(10_000));
    }

    [Test]
    public void Each_row_comes_exactly_once_a_pass([Values("uniform", "grow-p2", "shrink-p100", "natural")] string curriculum, [Values(1, 3, 8)] int cycles)
    {
        var manifest = ShardSamples.Manifest(Uneven.Where(bucket => bucket.Rows > 0).ToArray());
        var sampler = new BucketSampler(manifest, Config with { Curriculum = curriculum, Cycles = cycles, Passes = 3 }, seed: 1);

        var queues = Queues(sampler);

        foreach (var bucket in manifest.Buckets)
        {
            var (rows, queue) = ((int)bucket.Rows, queues[bucket.Exponent]);
            Assert.That(rows * 3 - queue.Count, Is.InRange(0, (1_024 >> bucket.Exponent) - 1), "only what fills no step at the very end is left over");
            for (var pass = 0; pass < 3; pass++)
            {
                var ofPass = queue.Skip(pass * rows).Take(rows).ToList();
                Assert.That(ofPass, Is.Unique);
                Assert.That(ofPass, Is.All.InRange(0, rows - 1));
            }
        }
    }

    [Test]
    public void Each_pass_has_an_order_of_its_own()
    {
        var sampler = new BucketSampler(ShardSamples.Manifest([(4, 1_024)]), Config, seed: 1);

        var queue = Queues(sampler)[4];

        Assert.That(queue.Skip(1_024), Is.EquivalentTo(queue.Take(1_024)).And.Not.EqualTo(queue.Take(1_024)));
    }

    [Test]
    public void Every_cycle_holds_its_share_of_each_bucket_to_within_one_step()
    {
        var manifest = ShardSamples.Manifest(Uneven.Where(bucket => bucket.Rows > 0).ToArray());
        var sampler = new BucketSampler(manifest, Config with { Curriculum = "grow-p2" }, seed: 1);

        var counts = Plans(sampler).GroupBy(plan => (plan.Cycle, plan.Exponent)).ToDictionary(group => group.Key, group => group.Sum(plan => plan.Rows.Count));

        foreach (var bucket in manifest.Buckets)
        {
            for (var cycle = 0; cycle < 6; cycle++)
            {
                Assert.That(counts.GetValueOrDefault((cycle, bucket.Exponent)), Is.EqualTo(bucket.Rows / 3.0).Within(1_024 >> bucket.Exponent));
            }
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 60)]
    public Property Any_set_is_used_up_in_any_configuration()
    {
        var cases =
            from rows in Gen.ListOf(Gen.Choose(0, 300), 4)
            from cycles in Gen.Choose(1, 9)
            from passes in Gen.Choose(1, 4)
            from curriculum in Gen.Elements("natural", "uniform", "grow-linear", "grow-p2", "grow-p100", "shrink-p100")
            from mixture in Gen.Elements("natural", "equal")
            from seed in Gen.Choose(0, 1_000)
            select (rows: rows.ToArray(), config: new DatasetDecompositionConfig { TokensPerStep = 64, Cycles = cycles, Passes = passes, Curriculum = curriculum, Mixture = mixture }, seed);
        return Prop.ForAll(cases.ToArbitrary(), (item) =>
        {
            var buckets = item.rows.Select((rows, i) => (Exponent: 3 + i, Rows: 9L + rows)).ToArray();
            var sampler = new BucketSampler(ShardSamples.Manifest(buckets), item.config, item.seed);
            var queues = Queues(sampler);
            var equal = buckets.Min(bucket => bucket.Rows << bucket.Exponent);
            foreach (var (exponent, rows) in buckets)
            {
                var perPass = item.config.Mixture == "equal" ? (int)(equal >> exponent) : (int)rows;
                var rowsPerStep = 64 >> exponent;
                Assert.That(queues.GetValueOrDefault(exponent)?.Count ?? 0, Is.EqualTo(perPass * item.config.Passes / rowsPerStep * rowsPerStep));
                for (var pass = 0; pass < item.config.Passes && queues.ContainsKey(exponent); pass++)
                {
                    Assert.That(queues[exponent].Skip(pass * perPass).Take(perPass), Is.Unique);
                }
            }
        });
    }

    [Test]
    public void Mixture_that_takes_a_part_goes_through_all_rows_before_it_repeats_one()
    {
        var manifest = ShardSamples.Manifest([(4, 640), (6, 32)]);
        var sampler = new BucketSampler(manifest, Config with { Mixture = "equal", Passes = 5, Cycles = 1 }, seed: 1);

        var queue = Queues(sampler)[4];

        Assert.Multiple(() =>
        {
            Assert.That(queue, Has.Count.EqualTo(5 * 128), "32 rows of 64 tokens have as many as 128 of 16");
            Assert.That(queue, Is.Unique);
        });
    }

    [Test]
    public void Mixture_by_list_takes_tokens_in_proportion()
    {
        var manifest = ShardSamples.Manifest([(4, 64_000), (6, 16_000), (8, 4_000)]);
        var config = Config with { Mixture = "list", MixtureFractions = [0.5, 0, 2], Passes = 1 };

        var tokens = Tokens(new BucketSampler(manifest, config, seed: 1));

        Assert.That(tokens, Is.EqualTo(new Dictionary<int, long> { [4] = 256_000, [8] = 1_024_000 }));
    }

    [Test]
    public void Limit_on_tokens_shrinks_every_bucket_alike()
    {
        var manifest = ShardSamples.Manifest([(4, 64_000), (6, 32_000)]);

        var tokens = Tokens(new BucketSampler(manifest, Config with { MaxTokensPerPass = 307_200, Passes = 1 }, seed: 1));

        Assert.That(tokens, Is.EqualTo(new Dictionary<int, long> { [4] = 102_400, [6] = 204_800 }));
    }

    [TestCase("grow-linear", false, "1426 1488 1428 1471 1453 1559 2139 3237 4930 7749")]
    [TestCase("grow-p2", false, "805 751 785 1177 1405 2182 2943 3629 5452 7752")]
    [TestCase("grow-p100", false, "259 340 518 852 1033 2053 2723 4145 6764 8192")]
    [TestCase("shrink-p100", false, "8148 6864 4079 2748 2039 1033 858 509 345 256")]
    [TestCase("uniform", false, "2690 2690 2690 2690 2690 2690 2690 2690 2690 2690")]
    [TestCase("grow-p2", true, "874 891 909 1228 1379 1917 2383 3290 5020 7339", Description = "the released DCLM mixture, odds x tokens")]
    public void Mean_length_of_each_tenth_of_a_cycle(string curriculum, bool isReleased, string expected)
    {
        // 500 steps a bucket, or in proportion to the README's sequences per epoch.
        double[] factors = isReleased ? [46, 78, 97, 82, 67, 60] : [60, 60, 60, 60, 60, 60];
        var buckets = factors.Select((factor, i) => (8 + i, (long)Math.Round(500 * factor / 60) << (5 - i))).ToArray();
        var config = new DatasetDecompositionConfig { TokensPerStep = 8_192, Cycles = 1, Curriculum = curriculum, OddsTimesTokens = isReleased };
        var deciles = new double[10];
        for (var seed = 0; seed < 40; seed++)
        {
            var sampler = new BucketSampler(ShardSamples.Manifest(buckets), config, seed);
            for (var step = 0L; step < sampler.TotalSteps; step++)
            {
                deciles[step * 10 / sampler.TotalSteps] += (1 << sampler.PlanAt(step).Exponent) * 10.0 / sampler.TotalSteps / 40;
            }
        }

        Assert.Multiple(() =>
        {
            foreach (var (actual, wanted) in deciles.Zip(expected.Split(' ').Select(double.Parse)))
            {
                Assert.That(actual, Is.EqualTo(wanted).Within(10).Percent);
            }
        });
    }

    [TestCase(false, Description = "odds 32 to 1 over buckets of very different sizes")]
    [TestCase(true, Description = "the README's products 1472 : 1248 : 776 : 328 : 134 : 60")]
    public void Buckets_are_drawn_by_their_odds_while_all_last(bool isProduct)
    {
        double[] factors = [46, 78, 97, 82, 67, 60];
        var odds = factors.Select((factor, i) => (isProduct ? factor : 1) * (32 >> i)).ToArray();
        var buckets = factors.Select((factor, i) => (8 + i, (long)factor * 1_000 << (5 - i))).ToArray();
        var config = new DatasetDecompositionConfig { TokensPerStep = 8_192, Cycles = 1, Curriculum = "grow-p2", OddsTimesTokens = isProduct };
        var sampler = new BucketSampler(ShardSamples.Manifest(buckets), config, seed: 3);

        // 46,000 steps of the likeliest bucket last longer than this many draws.
        const int Draws = 40_000;
        var counts = new int[6];
        for (var step = 0; step < Draws; step++)
        {
            counts[sampler.PlanAt(step).Exponent - 8]++;
        }

        var chiSquare = counts.Zip(odds).Sum(pair => Math.Pow(pair.First - (Draws * pair.Second / odds.Sum()), 2) / (Draws * pair.Second / odds.Sum()));
        Assert.That(chiSquare, Is.LessThan(15.09), "99 % of chi-square with 5 degrees of freedom");
    }

    [Test]
    public void Cycles_draw_their_buckets_differently()
    {
        var sampler = new BucketSampler(ShardSamples.Manifest([(8, 32 * 100), (10, 8 * 100)]), new DatasetDecompositionConfig { TokensPerStep = 8_192, Cycles = 2 }, seed: 1);

        var cycles = Plans(sampler).GroupBy(plan => plan.Cycle).Select(group => string.Join(' ', group.Select(plan => plan.Exponent))).ToList();

        Assert.That(cycles[0], Is.Not.EqualTo(cycles[1]));
    }

    [Test]
    public void Any_step_is_the_same_whatever_was_asked_before()
    {
        var manifest = ShardSamples.Manifest(Uneven.Where(bucket => bucket.Rows > 0).ToArray());
        var expected = Plans(new BucketSampler(manifest, Config, seed: 1)).Select(Text).ToList();
        var used = new BucketSampler(manifest, Config, seed: 1);

        for (var i = 0; i < expected.Count; i++)
        {
            var step = (i * 37L) % expected.Count;
            Assert.That(Text(used.PlanAt(step)), Is.EqualTo(expected[(int)step]));
            Assert.That(Text(new BucketSampler(manifest, Config, seed: 1).PlanAt(step)), Is.EqualTo(expected[(int)step]));
        }
    }

    [Test]
    public void Many_threads_see_the_same_order()
    {
        var manifest = ShardSamples.Manifest([(4, 70_000), (6, 3_000)]);
        var expected = Plans(new BucketSampler(manifest, Config, seed: 1)).Select(Text).ToList();
        var shared = new BucketSampler(manifest, Config, seed: 1);

        var seen = new string[expected.Count];
        Parallel.For(0, seen.Length, step => seen[step] = Text(shared.PlanAt(step)));

        Assert.That(seen, Is.EqualTo(expected));
    }

    [Test]
    public void Order_hangs_on_manifest_configuration_and_seed()
    {
        var manifest = ShardSamples.Manifest([(4, 1_000), (6, 500)]);
        var other = manifest with { Sources = [] };
        var sampler = new BucketSampler(manifest, Config, seed: 1);
        BucketSampler[] others =
        [
            new(other.Seal(), Config, seed: 1),
            new(manifest, Config with { Cycles = 4 }, seed: 1),
            new(manifest, Config, seed: 2),
        ];

        foreach (var changed in others)
        {
            Assert.Multiple(() =>
            {
                Assert.That(changed.OrderSha256, Is.Not.EqualTo(sampler.OrderSha256));
                Assert.That(Plans(changed).Select(Text), Is.Not.EqualTo(Plans(sampler).Select(Text)));
            });
        }
    }

    [Test]
    public void Order_is_fixed_for_all_time()
    {
        // Written down from the first version: a change here changes every run that is resumed.
        var manifest = ShardSamples.Manifest([(4, 100_000), (6, 500)]) with { ManifestHash = new string('5', 64) };
        var sampler = new BucketSampler(manifest, Config, seed: 1);

        var rows = new[] { 0L, 1, 2, sampler.TotalSteps - 1 }.Select(step => sampler.PlanAt(step)).Select(plan => $"{plan.Exponent}: {plan.Rows[0]} {plan.Rows[1]}");

        Assert.That(string.Join(", ", rows), Is.EqualTo("4: 16126 25405, 6: 383 134, 6: 73 84, 4: 2816 88432"));
    }

    [Test]
    public void First_step_is_the_longest_when_asked()
    {
        var manifest = ShardSamples.Manifest([(4, 10_000), (6, 2_500), (9, 20)]);
        var config = Config with { Curriculum = "grow-p100", LongestFirst = true };

        var queues = Queues(new BucketSampler(manifest, config, seed: 1));

        Assert.Multiple(() =>
        {
            Assert.That(new BucketSampler(manifest, config, seed: 1).PlanAt(0).Exponent, Is.EqualTo(9));
            Assert.That(new BucketSampler(manifest, config with { LongestFirst = false }, seed: 1).PlanAt(0).Exponent, Is.EqualTo(4));
            Assert.That(queues[9].Take(20), Is.Unique, "the swap takes no row twice");
        });
    }

    [Test]
    public void Summary_tells_what_is_used_and_what_is_left_over()
    {
        var sampler = new BucketSampler(ShardSamples.Manifest([(4, 1_003), (9, 31)]), Config, seed: 1);

        var lines = sampler.Describe().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToList();

        Assert.Multiple(() =>
        {
            Assert.That(lines[0], Does.StartWith("62 steps of 1,024 tokens in 2 pass(es) of 3 cycle(s)"));
            Assert.That(lines[2].TrimEnd(), Is.EqualTo("16 1,003 1,003 64 31 22"), "2 x 1,003 = 31 x 64 + 22");
            Assert.That(lines[3].TrimEnd(), Is.EqualTo("512 31 31 2 31 0"));
        });
    }

    [TestCase(-1)]
    [TestCase(62)]
    public void Step_that_is_not_there_is_refused(long step)
    {
        var sampler = new BucketSampler(ShardSamples.Manifest([(4, 1_003), (9, 31)]), Config, seed: 1);

        Assert.That(() => sampler.PlanAt(step), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [TestCase(256, "list", "uniform", "multiple of the longest row (512)", Description = "a step shorter than a row")]
    [TestCase(768, "natural", "uniform", "multiple of the longest row (512)")]
    [TestCase(1_024, "list", "uniform", "mixture_fractions")]
    [TestCase(1_024, "natural", "list", "odds")]
    [TestCase(1 << 20, "natural", "uniform", "no bucket has as many tokens")]
    public void Configuration_that_does_not_fit_the_set_is_refused(long tokensPerStep, string mixture, string curriculum, string message)
    {
        var config = Config with { TokensPerStep = tokensPerStep, Mixture = mixture, Curriculum = curriculum };

        Assert.That(() => new BucketSampler(ShardSamples.Manifest([(4, 1_003), (9, 31)]), config, seed: 1), Throws.TypeOf<ConfigurationException>().With.Message.Contains(message));
    }

    private static IEnumerable<StepPlan> Plans(BucketSampler sampler)
    {
        for (var step = 0L; step < sampler.TotalSteps; step++)
        {
            yield return sampler.PlanAt(step);
        }
    }

    // The rows of each bucket in the order in which steps use them.
    private static Dictionary<int, List<long>> Queues(BucketSampler sampler)
    {
        return Plans(sampler).GroupBy(plan => plan.Exponent).ToDictionary(group => group.Key, group => group.SelectMany(plan => plan.Rows).ToList());
    }

    private static Dictionary<int, long> Tokens(BucketSampler sampler)
    {
        return Queues(sampler).ToDictionary(queue => queue.Key, queue => (long)queue.Value.Count << queue.Key);
    }

    private static string Text(StepPlan plan)
    {
        return $"{plan.Step} {plan.Cycle} {plan.Exponent}: {string.Join(' ', plan.Rows)}";
    }
}
