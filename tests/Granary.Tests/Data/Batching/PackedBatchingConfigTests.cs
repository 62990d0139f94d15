using Granary.Core.Configuration;
using Granary.Data.Shards.Tests;

namespace Granary.Data.Batching.Tests;

public sealed class PackedBatchingConfigTests
{
    private static readonly PackedBatchingConfig[] Types = [new ConcatAndChunkConfig(), new DocumentMaskingConfig(), new BestFitConfig(), new SkyLadderConfig()];

    [TestCaseSource(nameof(Types))]
    public void Defaults_are_sound(PackedBatchingConfig config)
    {
        Assert.That(FaultsOf(config), Is.Empty);
    }

    [TestCaseSource(nameof(Types))]
    public void Validation_reports_every_fault(PackedBatchingConfig config)
    {
        Assert.That(FaultsOf(config with { RowLength = 1_000, Passes = 0 }), Has.Some.StartsWith("'batching.row_length' is '1000'").And.Some.StartsWith("'batching.passes' is"));
        Assert.That(FaultsOf(config with { RowLength = 4 }), Has.Some.StartsWith("'batching.row_length' is"));
        Assert.That(FaultsOf(config with { RowLength = 2_048, TokensPerStep = 3_072 }), Has.Some.StartsWith("'batching.tokens_per_step' is '3072' but must be a multiple of row_length (2048)"));
    }

    [Test]
    public void Ladder_without_rungs_is_refused()
    {
        var faults = FaultsOf(new SkyLadderConfig { InitialWindow = 0, Growth = -1, GrowthShare = 0 });

        foreach (var key in new[] { "initial_window", "growth", "growth_share" })
        {
            Assert.That(faults, Has.Some.StartsWith($"'batching.{key}' is"));
        }

        Assert.That(FaultsOf(new SkyLadderConfig { InitialWindow = 2_048 }), Has.Count.EqualTo(1), "longer than a row");
    }

    [TestCase("concat-and-chunk", typeof(ConcatAndChunkConfig))]
    [TestCase("document-masking", typeof(DocumentMaskingConfig))]
    [TestCase("best-fit", typeof(BestFitConfig))]
    [TestCase("skyladder", typeof(SkyLadderConfig))]
    public void Section_reads_from_yaml(string name, Type type)
    {
        var config = ConfigurationFile.Parse<Holder>($"batching: {{type: {name}, row_length: 256, tokens_per_step: 512}}\n", "test").Batching;

        Assert.That(config, Is.TypeOf(type));
        Assert.That(((PackedBatchingConfig)config).RowLength, Is.EqualTo(256));
    }

    [TestCaseSource(nameof(Types))]
    public void Sampler_takes_every_row_once_a_pass_in_one_cycle(PackedBatchingConfig config)
    {
        var sampler = new BucketSampler(ShardSamples.Manifest([(10, 53)]), config with { TokensPerStep = 4_096, Passes = 2 }, seed: 3);

        var rows = Enumerable.Range(0, (int)sampler.TotalSteps).Select(step => sampler.PlanAt(step)).SelectMany(plan => plan.Rows).ToList();

        Assert.That(rows, Has.Count.EqualTo(2 * 53 / 4 * 4));
        Assert.That(rows.Take(53), Is.Unique);
        Assert.That(rows.Skip(53), Is.Unique);
    }

    [Test]
    public void Order_hangs_on_the_type_and_on_every_setting_of_its_mask()
    {
        BatchingConfig[] configs =
        [
            new DatasetDecompositionConfig { Curriculum = "natural", Cycles = 1 }, .. Types,
            new DocumentMaskingConfig { ResetPositions = false }, new SkyLadderConfig { InitialWindow = 8 }, new SkyLadderConfig { Growth = 0.125 },
            new SkyLadderConfig { GrowthShare = 0.5 }, new SkyLadderConfig { DocumentMasking = false }, new SkyLadderConfig { ResetPositions = false },
        ];

        var hashes = configs.Select(config => new BucketSampler(ShardSamples.Manifest([(10, 53)]), config, seed: 3).OrderSha256).ToList();

        // Best fit has other shards, so another manifest; what it shows of its rows is the same.
        Assert.That(hashes[3], Is.EqualTo(hashes[2]));
        Assert.That(hashes.Where((_, i) => i != 3), Is.Unique);
    }

    [TestCase(0, 32, Description = "the initial window")]
    [TestCase(1, 47, Description = "992 tokens in 64 steps are 15.5 a step")]
    [TestCase(2, 63)]
    [TestCase(63, 1_008)]
    [TestCase(64, 1_024, Description = "whole after 64 % of the steps")]
    [TestCase(99, 1_024)]
    public void Window_grows_to_the_row_length_by_the_share_of_the_steps(long step, int expected)
    {
        Assert.That(new SkyLadderConfig().WindowAt(step, totalSteps: 100), Is.EqualTo(expected));
    }

    [TestCase(0, 8)]
    [TestCase(7, 8)]
    [TestCase(8, 9)]
    [TestCase(8_127, 1_023)]
    [TestCase(8_128, 1_024)]
    [TestCase(1_000_000, 1_024)]
    public void Window_grows_by_the_rate_whatever_the_number_of_steps(long step, int expected)
    {
        var config = new SkyLadderConfig { InitialWindow = 8, Growth = 0.125 };

        Assert.That(config.WindowAt(step, totalSteps: 10), Is.EqualTo(expected));
        Assert.That(config.WindowAt(step, totalSteps: 1_000_000), Is.EqualTo(expected));
    }

    [Test]
    public void Law_ends_as_that_of_the_rows_without_a_ladder()
    {
        Assert.Multiple(() =>
        {
            Assert.That(new SkyLadderConfig().LawAt(0, 100), Is.EqualTo(new SegmentLaw(true, 32, true)));
            Assert.That(new SkyLadderConfig().LawAt(64, 100), Is.EqualTo(new DocumentMaskingConfig().LawAt(64, 100)));
            Assert.That(new SkyLadderConfig { DocumentMasking = false }.LawAt(64, 100), Is.EqualTo(new ConcatAndChunkConfig().LawAt(64, 100)).And.EqualTo(SegmentLaw.Joined));
        });
    }

    private static IReadOnlyList<string> FaultsOf(BatchingConfig config)
    {
        var errors = new ConfigurationErrors();
        config.Validate("batching", errors);
        return errors.Errors;
    }

    private sealed record Holder : IConfigSection
    {
        public BatchingConfig Batching { get; init; } = new DatasetDecompositionConfig();

        public void Validate(string path, ConfigurationErrors errors)
        {
            Batching.Validate("batching", errors);
        }
    }
}
