using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Distributed;
using Granary.Models.Ahead;
using Granary.Models.Gpt2;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Models.Past;
using Granary.Testing;
using Granary.Torch;
using Granary.Torch.Kernels.Mixed;
using Granary.Training.Objectives;
using Granary.Training.Objectives.Hiding;

namespace Granary.Training.Parallel.Tests;

public sealed class DataParallelTests
{
    // Sums over ranks are added in another order than one rank's: a few units in the last place of fp32 a step, which
    // training at this rate spreads over the weights.
    private const double LossTolerance = 2e-5;

    private static readonly Sharding[] Shardings = [Sharding.None, Sharding.Optimizer, Sharding.Full];

    private static IEnumerable<TestCaseData> Runs()
    {
        yield return new TestCaseData(new RankedRun()).SetName("Llama, rows of equal number");
        yield return new TestCaseData(new RankedRun { Model = TiedGpt2, Config = new TrainingConfig { TokensPerMicrobatch = 16 } }).SetName("GPT-2 with a tied head, several portions a step");
        yield return new TestCaseData(new RankedRun { TokensPerStep = 32 }).SetName("fewer rows than ranks");
        yield return new TestCaseData(new RankedRun { Objective = new MultiTokenConfig { Tokens = 3 }, Config = new TrainingConfig { TokensPerMicrobatch = 32 } }).SetName("heads for tokens further ahead");
        yield return new TestCaseData(new RankedRun { Objective = new MultiTokenConfig { Tokens = 3, Heads = AheadKind.Sequential } }).SetName("a chain of heads");
        yield return new TestCaseData(new RankedRun { Objective = new FutureTokenConfig { Tokens = 3, DecoderLayers = 1, PseudoTokens = 2, Stride = 3 } }).SetName("a small decoder for tokens further ahead");
        yield return new TestCaseData(new RankedRun { Model = Past, Objective = new MlmUConfig() }).SetName("hidden tokens, by an encoder and a decoder");
        yield return new TestCaseData(new RankedRun { Objective = new MultiTokenConfig { Tokens = 3 }, Instance = new SometimesSilent() }).SetName("a head without targets in some steps");
        yield return new TestCaseData(new RankedRun { Kernels = new ComposedKernels(), TokensPerStep = 80 }).SetName("operators without fused kernels");
        yield return new TestCaseData(new RankedRun { Model = TiedGpt2, Kernels = new MixedKernels(ScalarType.Float32), Config = new TrainingConfig { TokensPerMicrobatch = 16 } }).SetName("gradients summed where they lie");
    }

    private static PastConfig Past => new() { HiddenSize = 16, NumHiddenLayers = 2, NumAttentionHeads = 2, MaxPositionEmbeddings = 16, StackEncDec = false };

    private static Gpt2Config TiedGpt2 => new() { HiddenSize = 16, NumHiddenLayers = 2, NumAttentionHeads = 2, MaxPositionEmbeddings = 16 };

    [TestCaseSource(nameof(Runs))]
    public void Ranks_in_every_mode_have_the_losses_of_one(RankedRun run)
    {
        var alone = run.Alone();

        foreach (var ranks in new[] { 2, 3, 4 })
        {
            foreach (var sharding in Shardings)
            {
                var together = run.Together(ranks, sharding);

                Assert.That(together[0].Losses, Is.EqualTo(alone.Losses).Within(LossTolerance), $"{ranks} ranks, {sharding}");
                Assert.That(together[0].Norms, Is.EqualTo(alone.Norms).Within(1e-3).Percent, $"{ranks} ranks, {sharding}");
            }
        }
    }

    [TestCaseSource(nameof(Runs))]
    public void The_modes_give_the_same_bits(RankedRun run)
    {
        // A portion a step: full sharding sums each portion over the ranks, the others the sum of all.
        var whole = run with { Config = new TrainingConfig() };
        foreach (var ranks in new[] { 2, 3 })
        {
            var results = Shardings.Select(sharding => whole.Together(ranks, sharding)).ToList();

            foreach (var result in results.SelectMany(all => all))
            {
                Assert.That(result.Flat, Is.EqualTo(results[0][0].Flat));
                Assert.That(result.Outcome.FinalLoss, Is.EqualTo(results[0][0].Outcome.FinalLoss));
            }

            Assert.That(results.Select(all => all[0].Losses), Is.All.EqualTo(results[0][0].Losses));
            Assert.That(results.Select(all => all[0].Norms), Is.All.EqualTo(results[0][0].Norms));
        }
    }

    [TestCaseSource(nameof(Runs))]
    public void A_grid_of_rows_and_positions_has_the_losses_of_one_rank(RankedRun run)
    {
        var alone = run.Alone();

        var none = run.Together(4, Sharding.None, sequenceRanks: 2);
        var full = run.Together(4, Sharding.Full, sequenceRanks: 2);

        Assert.That(none[0].Losses, Is.EqualTo(alone.Losses).Within(LossTolerance));
        Assert.That(full[0].Losses, Is.EqualTo(alone.Losses).Within(LossTolerance));
    }

    [TestCaseSource(nameof(Shardings))]
    public void Copies_that_products_are_computed_from_follow_what_the_ranks_update(Sharding sharding)
    {
        var run = new RankedRun { Kernels = new MixedKernels(ScalarType.BFloat16), Config = new TrainingConfig { EvaluateEverySteps = 3 }, Evaluate = FarthestCopy };
        var alone = run.Alone();

        var together = run.Together(2, sharding);

        Assert.That(together.SelectMany(result => result.Evaluations), Has.Exactly(4).EqualTo(0));
        Assert.That(together[0].Losses, Is.EqualTo(alone.Losses).Within(2e-3));
        Assert.That(together[1].Flat, Is.EqualTo(together[0].Flat));
    }

    [Test]
    public void Only_the_first_rank_reports()
    {
        var together = new RankedRun().Together(2);

        Assert.That(together[0].Steps.Count(), Is.EqualTo(8));
        Assert.That(together[1].Events, Is.Empty);
    }

    [Test]
    public void Tokens_are_those_of_all_ranks()
    {
        var together = new RankedRun().Together(3);

        Assert.That(together.Select(result => result.Outcome.State.Tokens), Is.All.EqualTo(8 * 96));
        Assert.That(together[0].Steps.Select(step => step.Numbers["tokens"]), Is.All.EqualTo(96));
    }

    [TestCase(0)]
    [TestCase(2, Description = "whichever rank is asked")]
    public void Ranks_stop_after_the_same_step(int asked)
    {
        var together = new RankedRun { Stop = (4, asked) }.Together(3, Sharding.Optimizer);

        Assert.That(together.Select(result => result.Outcome.State.Step), Is.All.EqualTo(5));
    }

    [TestCaseSource(nameof(Shardings))]
    public void A_step_that_is_not_finite_on_one_rank_is_left_out_on_all(Sharding sharding)
    {
        var run = new RankedRun { Instance = new PoisonedRow(row: 5, poisonedStep: 3) };

        var together = run.Together(3, sharding);

        Assert.That(together.Select(result => result.Outcome.State.SkippedSteps), Is.All.EqualTo(new[] { 3L }));
        Assert.That(together.Select(result => result.Flat), Is.All.EqualTo(together[0].Flat));
        Assert.That(together[0].Flat, Is.All.Matches<float>(float.IsFinite));
        Assert.That(together[0].Events.Single(reported => reported.Kind == "skip").Texts["documents"], Is.Not.Empty);
    }

    [TestCaseSource(nameof(Shardings))]
    public void A_run_resumed_by_as_many_ranks_has_the_bits_of_one_never_stopped(Sharding sharding)
    {
        using var folder = new TempFolder();
        var run = new RankedRun();
        var whole = run.Together(3, sharding);

        var first = (run with { Folder = folder.Path, Stop = (3, 1) }).Together(3, sharding);
        var second = (run with { Folder = folder.Path }).Together(3, sharding);

        Assert.That(first[0].Losses.Concat(second[0].Losses), Is.EqualTo(whole[0].Losses));
        Assert.That(second.Select(result => result.Flat), Is.All.EqualTo(whole[0].Flat));
    }

    [Test]
    public void A_run_goes_on_at_any_number_of_ranks_and_in_any_mode()
    {
        using var folder = new TempFolder();
        var run = new RankedRun();
        var alone = run.Alone();
        var kept = run with { Folder = folder.Path };

        (kept with { Stop = (1, 0) }).Together(3, Sharding.Full);
        (kept with { Stop = (3, 0) }).Together(2, Sharding.Optimizer);
        (kept with { Stop = (5, 0) }).Together(4, Sharding.None);
        var last = kept.Alone();

        Assert.That(last.Losses, Is.EqualTo(alone.Losses[6..]).Within(LossTolerance));
    }

    [TestCaseSource(nameof(Shardings))]
    public void A_checkpoint_has_the_names_and_shapes_of_one_rank(Sharding sharding)
    {
        using var one = new TempFolder();
        using var many = new TempFolder();
        (new RankedRun { Folder = one.Path, TotalSteps = 2 }).Alone();

        (new RankedRun { Folder = many.Path, TotalSteps = 2 }).Together(2, sharding);

        Assert.That(NamesIn(many.Path), Is.EqualTo(NamesIn(one.Path)));
    }

    [TestCaseSource(nameof(Shardings))]
    public void A_step_sends_what_the_closed_form_says_and_two_short_messages(Sharding sharding)
    {
        var (steps, more) = (new RankedRun { TotalSteps = 4 }, new RankedRun { TotalSteps = 6 });

        var (few, many) = (steps.Together(3, sharding), more.Together(3, sharding));

        var perStep = (many[1].BytesSent - few[1].BytesSent) / 2;
        Assert.That(perStep - few[1].BytesPerStep, Is.GreaterThan(0).And.LessThan(2 * 2_048));
    }

    [Test]
    public void Portions_of_a_step_are_summed_over_the_ranks_once()
    {
        var one = new RankedRun { TotalSteps = 4 };
        var several = one with { Config = new TrainingConfig { TokensPerMicrobatch = 8 } };

        Assert.That(several.Together(2)[0].BytesSent, Is.EqualTo(one.Together(2)[0].BytesSent));
    }

    [TestCaseSource(nameof(Shardings))]
    public void The_model_is_whole_on_every_rank_when_it_is_evaluated(Sharding sharding)
    {
        var run = new RankedRun { Config = new TrainingConfig { EvaluateEverySteps = 3 }, Evaluate = LossOfZeros };

        var (alone, together) = (run.Alone(), run.Together(3, sharding));

        Assert.That(alone.Evaluations, Has.Count.EqualTo(2));
        Assert.That(together.Select(result => result.Evaluations), Is.All.EqualTo(alone.Evaluations).Within(LossTolerance));
        Assert.That(together[0].Losses, Is.EqualTo(alone.Losses).Within(LossTolerance), "and training goes on");
    }

    [Test]
    public void What_exchanges_take_and_what_of_it_is_hidden_is_reported()
    {
        var last = new RankedRun().Together(2)[0].Steps.Last();

        Assert.That(last.Numbers["ranks"], Is.EqualTo(2));
        Assert.That(last.Numbers["exchange_bytes"], Is.Positive);
        Assert.That(last.Numbers["exchange_wait_seconds"], Is.Not.Negative);
        Assert.That(last.Numbers["exchange_hidden"], Is.InRange(0, 1));
    }

    private static string[] NamesIn(string folder)
    {
        return [.. Checkpoints.Sharded.CheckpointReader.Open(Checkpoints.Sharded.CheckpointReader.FindLatest(folder)!).Manifest.Tensors.Keys];
    }

    // Of what products read from the parameters rounded.
    private static double FarthestCopy(LanguageModel model)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        return model.parameters().Max(parameter => (MixedValues.Read(parameter, ScalarType.BFloat16) - parameter.to(ScalarType.BFloat16)).abs().max().to(ScalarType.Float32).item());
    }

    private static double LossOfZeros(LanguageModel model)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        return model.LossSum(model.Hidden(torch.zeros([1, 8], ScalarType.Int64)), torch.zeros([8], ScalarType.Int64)).item();
    }

    /// <summary>Asks the second head for nothing in steps with long rows.</summary>
    private sealed class SometimesSilent : IObjective
    {
        private readonly IObjective _inner = new MultiTokenConfig { Tokens = 3 }.Build();

        public string Name => "sometimes-silent";

        public ObjectivePlan Prepare(BatchSlice rows, RandomKey key)
        {
            var view = _inner.Prepare(rows, key).Views[0];
            var silent = Enumerable.Repeat(TokenBatch.IgnoredTarget, rows.Rows * rows.Length).ToArray();
            return new ObjectivePlan([view with
            {
                Targets = [.. view.Targets.Select(target => rows.Length == 16 && target.Name == HeadCall.Ahead(2) ? target with { Labels = silent, Denominator = 0 } : target)],
            }]);
        }
    }

    /// <summary>Weighs one row's targets with NaN in one step.</summary>
    private sealed class PoisonedRow(int row, long poisonedStep) : IObjective
    {
        private readonly NextTokenObjective _inner = new();
        private readonly ThreadLocal<long> _step = new(() => -1);

        public string Name => "poisoned";

        public ObjectivePlan Prepare(BatchSlice rows, RandomKey key)
        {
            var view = _inner.Prepare(rows, key).Views[0];
            _step.Value++;
            var weights = Enumerable.Range(0, view.Rows * view.Length)
                .Select(place => _step.Value == poisonedStep && rows.FirstRow + (place / view.Length) == row ? float.NaN : 1).ToArray();
            return new ObjectivePlan([view with { Targets = [view.Targets[0] with { Weights = weights }] }]);
        }
    }
}
