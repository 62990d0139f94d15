using Granary.Checkpoints.Sharded;
using Granary.Core.Randomness;
using Granary.Core.Runs;
using Granary.Data.Batching;
using Granary.Models.Decoder;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Testing;
using Granary.Training.Objectives;
using Granary.Training.Optimizers;
using Granary.Training.Schedules;

namespace Granary.Training.GroupDro.Tests;

public sealed class GroupDroTrainingTests
{
    private const int Vocabulary = 12;
    private const int Rows = 6;
    private const int Length = 16;
    private const int TotalSteps = 6;
    private const double LearningRate = 0.02;

    // Single precision, after six updates whose gradients are summed in another order.
    private const double Rounding = 2e-4;

    private static readonly DecoderSpec Spec = new LlamaConfig { HiddenSize = 16, NumHiddenLayers = 1, NumAttentionHeads = 2, NumKeyValueHeads = 1, MaxPositionEmbeddings = Length }.ToSpec(Vocabulary);
    private static readonly double[] Alike = [0.5, 0.5];
    private static readonly double[] Unlike = [0.25, 0.75];

    private DecoderModel _reference = null!;

    [OneTimeSetUp]
    public void TrainReference()
    {
        // The reference outlives the run, which has nothing else to free that matters.
        var run = new Run(120);
        run.TrainPlainly();
        _reference = run.Model;
    }

    [OneTimeTearDown]
    public void FreeReference()
    {
        _reference.Dispose();
    }

    [Test]
    public void Weights_and_model_are_those_of_the_algorithm_written_out()
    {
        using var run = new Run(TotalSteps);
        using var model = NewModel();
        using var optimizer = new AdamW(new AdamWConfig(), model.named_parameters());
        var config = new GroupDroConfig { Eta = 0.7, Smoothing = 0.02 };
        var written = new ReferenceGroupDro(config, model, _reference, optimizer, Unlike);
        var schedule = new CosineScheduleConfig().Build(TotalSteps);

        for (var step = 0; step < TotalSteps; step++)
        {
            using var batch = run.Batches.Load(step);
            written.Step(batch, run.Batches.DomainsAt(step), LearningRate * schedule.FactorAt(step), maxNorm: 1);
        }

        var outcome = run.Train(config, _reference, Unlike);

        Assert.That(outcome.Weights, Is.EqualTo(written.Average()).Within(Rounding));
        Assert.That(run.Weights(), Is.EqualTo(WeightsOf(model)).Within(Rounding));
    }

    [Test]
    public void Without_a_step_size_it_is_plain_training_bit_for_bit()
    {
        using var weighed = new Run(TotalSteps);
        using var plain = new Run(TotalSteps);

        var outcome = weighed.Train(new GroupDroConfig { Eta = 0 }, _reference, Alike);
        plain.TrainPlainly();

        Assert.That(outcome.Weights, Is.EqualTo(Alike));
        Assert.That(weighed.Weights(), Is.EqualTo(plain.Weights()));
        Assert.That(weighed.Losses, Is.EqualTo(plain.Losses));
    }

    [Test]
    public void The_harder_source_gets_the_larger_weight()
    {
        using var run = new Run(40);

        var outcome = run.Train(new GroupDroConfig(), _reference, Alike);

        Assert.That(outcome.Weights.Sum(), Is.EqualTo(1).Within(1e-9));
        Assert.That(outcome.Weights[1], Is.GreaterThan(0.6));
    }

    [TestCase(Length, Description = "single rows")]
    [TestCase(4 * Length, Description = "portions of unequal size")]
    public void The_portions_of_a_step_change_nothing_but_rounding(long tokensPerMicrobatch)
    {
        using var whole = new Run(TotalSteps);
        using var cut = new Run(TotalSteps) { Config = new TrainingConfig { TokensPerMicrobatch = tokensPerMicrobatch } };

        var expected = whole.Train(new GroupDroConfig(), _reference, Alike);
        var outcome = cut.Train(new GroupDroConfig(), _reference, Alike);

        Assert.That(outcome.Weights, Is.EqualTo(expected.Weights).Within(Rounding));
        Assert.That(cut.Weights(), Is.EqualTo(whole.Weights()).Within(Rounding));
    }

    [Test]
    public void A_run_resumed_from_a_checkpoint_ends_with_the_bits_of_one_never_stopped()
    {
        using var folder = new TempFolder();
        using var whole = new Run(TotalSteps);
        using var first = new Run(TotalSteps) { Folder = folder.Path };
        using var second = new Run(TotalSteps) { Folder = folder.Path };
        var expected = whole.Train(new GroupDroConfig(), _reference, Unlike);

        first.Train(new GroupDroConfig(), _reference, Unlike, stopAfter: 4);
        var outcome = second.Train(new GroupDroConfig(), _reference, Unlike, facts: second.Load());

        Assert.That(outcome.Weights, Is.EqualTo(expected.Weights));
        Assert.That(second.Weights(), Is.EqualTo(whole.Weights()));
    }

    [Test]
    public void Behind_steps_that_are_done_already_only_the_others_are_taken()
    {
        using var run = new Run(TotalSteps);
        var start = new TrainerState();
        start.CountUpdate(tokens: 10);
        start.CountUpdate(tokens: 10);

        var outcome = GroupDroTraining.Run(new GroupDroConfig(), run.Parts(_reference, Alike) with { Start = start }, default);

        Assert.That(run.Losses, Has.Count.EqualTo(TotalSteps - 2));
        Assert.That((outcome.Training.IsComplete, outcome.Training.State.Step), Is.EqualTo((true, TotalSteps)));
    }

    [Test]
    public void Another_vocabulary_another_objective_and_wrong_domains_are_refused()
    {
        using var run = new Run(TotalSteps);
        using var other = new DecoderModel(Spec with { VocabSize = Vocabulary + 1 }, RandomKey.FromSeed(1), new ComposedKernels());
        var parts = run.Parts(_reference, Alike);
        var blind = parts with { Trainer = parts.Trainer with { Objective = new StubObjective() } };
        var misnumbered = parts with { DomainsAt = _ => [0] };

        Assert.That(() => run.Train(new GroupDroConfig(), other, Alike), Throws.ArgumentException.With.Message.Contains("'13'"));
        Assert.That(() => GroupDroTraining.Run(new GroupDroConfig(), blind, default), Throws.ArgumentException.With.Message.Contains("'stub'"));
        Assert.That(() => GroupDroTraining.Run(new GroupDroConfig(), misnumbered, default), Throws.ArgumentException.With.Message.Contains("Step 0"));
    }

    private static DecoderModel NewModel() => new(Spec, RandomKey.FromSeed(1), new ComposedKernels());

    private static float[] WeightsOf(DecoderModel model) => [.. model.parameters().SelectMany(parameter => parameter.detach().data<float>().ToArray())];

    /// <summary>A small run with everything it needs.</summary>
    private sealed class Run(int totalSteps) : IDisposable, IMetricSink
    {
        private readonly CancellationTokenSource _stop = new();
        private AdamW? _optimizer;
        private long _stopAfter;

        public TrainingConfig Config { get; init; } = new();

        public string? Folder { get; init; }

        public DecoderModel Model { get; } = NewModel();

        public MarkovBatches Batches { get; } = new(Vocabulary, Rows, Length, totalSteps);

        public List<double> Losses { get; } = [];

        private AdamW Optimizer => _optimizer ??= new AdamW(new AdamWConfig(), Model.named_parameters());

        public void TrainPlainly()
        {
            _stopAfter = long.MaxValue;
            new Trainer(Config, Parts(Model, Alike).Trainer, new TrainerState(), totalSteps).Run(_stop.Token);
        }

        public GroupDroOutcome Train(GroupDroConfig config, DecoderModel reference, double[] sampling, long stopAfter = long.MaxValue, IReadOnlyDictionary<string, string>? facts = null)
        {
            _stopAfter = stopAfter;
            return GroupDroTraining.Run(config, Parts(reference, sampling) with { ResumeFrom = facts }, _stop.Token);
        }

        public IReadOnlyDictionary<string, string> Load()
        {
            var checkpoint = CheckpointReader.Open(CheckpointReader.FindLatest(Folder!)!);
            checkpoint.Load("model", Model.named_parameters());
            checkpoint.Load("optimizer", Optimizer.State);
            return checkpoint.Manifest.Facts;
        }

        public GroupDroParts Parts(DecoderModel reference, double[] sampling)
        {
            var trainer = new TrainerParts
            {
                Model = Model,
                Batches = Batches,
                Objective = new NextTokenObjective(),
                Optimizer = Optimizer,
                PeakLearningRate = LearningRate,
                MaxGradNorm = 1,
                Schedule = new CosineScheduleConfig().Build(totalSteps),
                Key = RandomKey.FromSeed(1),
                Metrics = this,
                Checkpoints = Folder is null ? null : new CheckpointWriter(Folder, kept: 2),
            };
            return new GroupDroParts { Training = Config, Trainer = trainer, Reference = reference, DomainsAt = Batches.DomainsAt, SamplingWeights = sampling, TotalSteps = totalSteps };
        }

        public float[] Weights() => WeightsOf(Model);

        public void Write(RunEvent reported)
        {
            if (reported.Kind == "step")
            {
                Losses.Add(reported.Numbers["loss"]);
                if (reported.Step + 1 >= _stopAfter)
                {
                    _stop.Cancel();
                }
            }
        }

        public void Dispose()
        {
            _stop.Dispose();
            _optimizer?.Dispose();
            Model.Dispose();
        }
    }

    /// <summary>An objective of another name.</summary>
    private sealed class StubObjective : IObjective
    {
        public string Name => "stub";

        public ObjectivePlan Prepare(BatchSlice rows, RandomKey key) => new([]);
    }
}
