using Granary.Checkpoints.Sharded;
using Granary.Core.Randomness;
using Granary.Core.Runs;
using Granary.Data.Batching;
using Granary.Models.Decoder;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Testing;
using Granary.Training.Capture.Tests;
using Granary.Training.Objectives;
using Granary.Training.Optimizers;
using Granary.Training.Schedules;

namespace Granary.Training.Tests;

public sealed class TrainerTests
{
    private const int Vocabulary = 19;
    private const long TotalSteps = 12;

    private static readonly DecoderSpec Spec = new LlamaConfig { HiddenSize = 16, NumHiddenLayers = 2, NumAttentionHeads = 2, NumKeyValueHeads = 1, MaxPositionEmbeddings = 16 }.ToSpec(Vocabulary);

    [Test]
    public void Every_step_is_reported_and_the_first_loss_is_that_of_guessing()
    {
        using var run = new Run();

        run.Train();

        Assert.That(run.Losses.Keys, Is.EqualTo(Enumerable.Range(0, (int)TotalSteps)));
        Assert.That(run.Losses[0], Is.EqualTo(Math.Log(Vocabulary)).Within(0.01));
    }

    [Test]
    public void Rows_that_repeat_are_learned()
    {
        using var run = new Run { Batches = new RepeatedBatches(new SyntheticBatches(Vocabulary, tokensPerStep: 64, TotalSteps)) };

        run.Train();

        Assert.That(run.Losses[TotalSteps - 1], Is.LessThan(0.8 * run.Losses[0]));
    }

    [TestCase(3)]
    [TestCase(7)]
    [TestCase(11)]
    public void A_run_resumed_from_a_checkpoint_has_the_losses_and_weights_of_one_never_stopped(long stop)
    {
        using var folder = new TempFolder();
        using var whole = new Run();
        using var first = new Run { Folder = folder.Path };
        using var second = new Run { Folder = folder.Path };
        whole.Train();

        first.Train(stopAfter: stop);
        second.Resume();
        second.Train();

        Assert.That(first.Losses.Concat(second.Losses), Is.EqualTo(whole.Losses));
        Assert.That(second.Weights(), Is.EqualTo(whole.Weights()));
    }

    [Test]
    public void A_run_whose_steps_are_recorded_has_the_losses_and_weights_of_one_whose_are_not()
    {
        using var plain = new Run { Config = new TrainingConfig { TokensPerMicrobatch = 24 } };
        using var recorded = new Run { Config = new TrainingConfig { TokensPerMicrobatch = 24 }, IsRecorded = true };

        plain.Train();
        recorded.Train();

        Assert.That(recorded.Losses, Is.EqualTo(plain.Losses));
        Assert.That(recorded.Weights(), Is.EqualTo(plain.Weights()));

        // Two lengths take turns; the first step of each runs as it is.
        Assert.That(recorded.Capture!.Replays, Is.EqualTo(TotalSteps - 2));
    }

    [Test]
    public void A_device_that_records_nothing_is_a_warning_once()
    {
        using var run = new Run { IsRecorded = true, CaptureFailure = "not while capturing" };

        run.Train();

        Assert.That(run.Events.Single(reported => reported.Kind == "warning").Texts["reason"], Does.Contain("not while capturing"));
        Assert.That(run.Losses, Has.Count.EqualTo(TotalSteps));
    }

    [Test]
    public void Nothing_is_recorded_where_the_configuration_says_so()
    {
        using var run = new Run { IsRecorded = true, Config = new TrainingConfig { Capture = false } };

        run.Train();

        Assert.That(run.Capture!.Captures, Is.Zero);
    }

    [TestCase(8, Description = "single rows")]
    [TestCase(24, Description = "portions of unequal size")]
    [TestCase(1_000, Description = "the step at once")]
    public void The_portions_of_a_step_change_nothing_but_rounding(long tokensPerMicrobatch)
    {
        using var reference = new Run { Config = new TrainingConfig { TokensPerMicrobatch = 16 } };
        using var other = new Run { Config = new TrainingConfig { TokensPerMicrobatch = tokensPerMicrobatch } };

        reference.Train();
        other.Train();

        Assert.That(other.Losses.Values, Is.EqualTo(reference.Losses.Values).Within(1e-5));
    }

    [Test]
    public void A_step_whose_loss_is_not_finite_changes_no_weight_and_is_counted()
    {
        using var run = new Run { Objective = new PoisonedObjective(poisonedStep: 4) };

        var outcome = run.Train();

        Assert.That(outcome.State.SkippedSteps, Is.EqualTo(new[] { 4L }));
        Assert.That(outcome.State.Updates, Is.EqualTo(TotalSteps - 1));
        Assert.That(run.Weights(), Is.All.Matches<float>(float.IsFinite));
        Assert.That(run.Events.Single(reported => reported.Kind == "skip").Texts["documents"], Is.Not.Empty);
    }

    [Test]
    public void Too_many_steps_that_are_not_finite_end_the_run_with_the_step_and_its_documents()
    {
        using var run = new Run { Objective = new PoisonedObjective(), Config = new TrainingConfig { MaxSkippedSteps = 2 } };

        var thrown = Assert.Throws<TrainingException>(() => run.Train());

        Assert.That(thrown!.Step, Is.EqualTo(2));
        Assert.That(thrown.Message, Does.Contain("step 2").And.Contain("training.max_skipped_steps").And.Contain("documents"));
    }

    [Test]
    public void A_step_without_targets_has_loss_zero_and_no_effect_but_decay()
    {
        using var run = new Run { Objective = new SilentObjective() };

        run.Train();

        Assert.That(run.Losses.Values, Is.All.Zero);
    }

    [Test]
    public void A_checkpoint_that_cannot_be_written_is_a_warning_until_the_last()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["checkpoints"], "a file where the folder should be");
        using var run = new Run { Folder = folder.Path, Config = new TrainingConfig { CheckpointEverySteps = 3 } };

        var thrown = Assert.Throws<Checkpoints.CheckpointException>(() => run.Train());

        Assert.That(run.Losses, Has.Count.EqualTo(TotalSteps), "training went on");
        Assert.That(run.Events.Count(reported => reported.Kind == "warning"), Is.GreaterThan(0));
        Assert.That(thrown!.Message, Does.Contain("checkpoints"));
    }

    /// <summary>A small run with everything it needs.</summary>
    private sealed class Run : IDisposable, IMetricSink
    {
        private readonly DecoderModel _model = new(Spec, RandomKey.FromSeed(1), new ComposedKernels());
        private readonly AdamW _optimizer;
        private TrainerState _state = new();

        public Run()
        {
            _optimizer = new AdamW(new AdamWConfig(), _model.named_parameters());
        }

        public TrainingConfig Config { get; init; } = new();

        public IObjective Objective { get; init; } = new NextTokenObjective();

        public IBatchSource Batches { get; init; } = new SyntheticBatches(Vocabulary, tokensPerStep: 64, TotalSteps);

        public string? Folder { get; init; }

        public bool IsRecorded { get; init; }

        public string? CaptureFailure { get; init; }

        public RerunCapture? Capture { get; private set; }

        public List<RunEvent> Events { get; } = [];

        public IReadOnlyDictionary<long, double> Losses =>
            Events.Where(reported => reported.Kind == "step").ToDictionary(reported => reported.Step!.Value, reported => reported.Numbers["loss"]);

        public TrainingOutcome Train(long stopAfter = long.MaxValue)
        {
            using var stop = new CancellationTokenSource();
            Capture = IsRecorded ? new RerunCapture(_model) { Failure = CaptureFailure } : null;
            var parts = new TrainerParts
            {
                Model = _model,
                Batches = Batches,
                Objective = Objective,
                Optimizer = _optimizer,
                PeakLearningRate = 0.01,
                MaxGradNorm = 1,
                Schedule = new CosineScheduleConfig().Build(TotalSteps),
                Key = RandomKey.FromSeed(1),
                Metrics = new StoppingSink(this, stop, stopAfter),
                Capture = Capture,
                Checkpoints = Folder is null ? null : new CheckpointWriter(Folder, kept: 2),
            };
            return new Trainer(Config, parts, _state, TotalSteps).Run(stop.Token);
        }

        public void Resume()
        {
            var checkpoint = CheckpointReader.Open(CheckpointReader.FindLatest(Folder!)!);
            checkpoint.Load("model", _model.named_parameters());
            checkpoint.Load("optimizer", _optimizer.State);
            _state = TrainerState.FromFacts(checkpoint.Manifest.Facts);
        }

        public float[] Weights()
        {
            return [.. _model.parameters().SelectMany(parameter => parameter.detach().data<float>().ToArray())];
        }

        public void Write(RunEvent reported)
        {
            Events.Add(reported);
        }

        public void Dispose()
        {
            _optimizer.Dispose();
            _model.Dispose();
        }
    }

    /// <summary>The first step's rows, again and again.</summary>
    private sealed class RepeatedBatches(IBatchSource inner) : IBatchSource
    {
        public long TotalSteps => inner.TotalSteps;

        public long TokensPerStep => inner.TokensPerStep;

        public string OrderSha256 => inner.OrderSha256;

        public TokenBatch Load(long step)
        {
            return inner.Load(0);
        }
    }

    /// <summary>Asks the run to stop after a number of steps.</summary>
    private sealed class StoppingSink(IMetricSink inner, CancellationTokenSource stop, long stopAfter) : IMetricSink
    {
        public void Write(RunEvent reported)
        {
            inner.Write(reported);
            if (reported.Kind == "step" && reported.Step + 1 >= stopAfter)
            {
                stop.Cancel();
            }
        }
    }

    /// <summary>Weighs every target with NaN, in one step or in all.</summary>
    private sealed class PoisonedObjective(long? poisonedStep = null) : IObjective
    {
        private readonly NextTokenObjective _inner = new();
        private long _step;

        public string Name => "poisoned";

        public ObjectivePlan Prepare(BatchSlice rows, RandomKey key)
        {
            var plan = _inner.Prepare(rows, key);
            var isPoisoned = poisonedStep is null || _step == poisonedStep;
            _step++;
            return isPoisoned ? new ObjectivePlan([Poisoned(plan.Views[0])]) : plan;
        }

        private static ObjectiveView Poisoned(ObjectiveView view)
        {
            var weights = Enumerable.Repeat(float.NaN, view.Rows * view.Length).ToArray();
            return view with { Targets = [view.Targets[0] with { Weights = weights }] };
        }
    }

    /// <summary>Asks for nothing.</summary>
    private sealed class SilentObjective : IObjective
    {
        public string Name => "silent";

        public ObjectivePlan Prepare(BatchSlice rows, RandomKey key)
        {
            var view = new NextTokenObjective().Prepare(rows, key).Views[0];
            var labels = Enumerable.Repeat(TokenBatch.IgnoredTarget, rows.Rows * rows.Length).ToArray();
            return new ObjectivePlan([view with { Targets = [new ObjectiveTarget { Labels = labels, Denominator = 0 }] }]);
        }
    }
}
