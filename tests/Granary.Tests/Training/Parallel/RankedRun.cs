using Granary.Checkpoints.Sharded;
using Granary.Core.Randomness;
using Granary.Core.Runs;
using Granary.Data.Batching;
using Granary.Distributed;
using Granary.Distributed.Sequence;
using Granary.Distributed.Sequence.Blocks;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Testing;
using Granary.Torch.Distributed;
using Granary.Training.Objectives;
using Granary.Training.Optimizers;
using Granary.Training.Schedules;
using Granary.Training.Tests;

namespace Granary.Training.Parallel.Tests;

/// <summary>A small run, by one rank or by several in this process.</summary>
public sealed record RankedRun
{
    public const int Vocabulary = 23;

    private const int Heads = 2;

    public ModelConfig Model { get; init; } = new LlamaConfig { HiddenSize = 16, NumHiddenLayers = 3, NumAttentionHeads = Heads, NumKeyValueHeads = Heads, MaxPositionEmbeddings = 16 };

    public ObjectiveConfig Objective { get; init; } = new NextTokenConfig();

    public IObjective? Instance { get; init; }

    public ILayerKernels Kernels { get; init; } = new FusedKernels();

    public ActivationCheckpointing Checkpointing { get; init; }

    public TrainingConfig Config { get; init; } = new();

    public long TokensPerStep { get; init; } = 96;

    public long TotalSteps { get; init; } = 8;

    /// <summary>Where checkpoints go and come from; null for none.</summary>
    public string? Folder { get; init; }

    /// <summary>The step after which a rank asks to stop, and the rank.</summary>
    public (long Step, int Rank)? Stop { get; init; }

    /// <summary>Called on every rank before the rows of a step are loaded; null for nothing.</summary>
    public Action<long, DataParallel>? BeforeStep { get; init; }

    /// <summary>Called on every rank when an evaluation is due; its results are kept.</summary>
    public Func<LanguageModel, double>? Evaluate { get; init; }

    /// <summary>What one rank comes to.</summary>
    public RankedResult Alone() => Train(Mesh.Single, Sharding.None, null);

    /// <summary>What each of several ranks comes to.</summary>
    public RankedResult[] Together(int ranks, Sharding sharding = Sharding.None, int sequenceRanks = 1)
    {
        return RankHarness.Run(ranks, world =>
        {
            using var mesh = Mesh.Of(world, sequenceRanks);
            return Train(mesh, sharding, world);
        });
    }

    private RankedResult Train(Mesh mesh, Sharding sharding, ProcessGroup? world)
    {
        var axis = mesh.Sequence is { } sequence ? new SequenceAxis(sequence, AxisSchedules.Named("token-ring", "token-ring", sequence.size, Heads, Heads), new FusedBlockAttention(), comparesCalls: true) : null;
        using var model = Model.Build(Vocabulary, Objective.Needs.Ahead, RandomKey.FromSeed(1), axis is null ? Kernels : new SequenceKernels(Kernels, axis));
        model.Checkpointing = Checkpointing;
        using var parallel = mesh.Size > 1 ? new DataParallel(model, mesh, sharding, TimeProvider.System) : null;
        var optimized = parallel?.Optimized ?? OptimizedTensor.Of(model.named_parameters());
        using IOptimizer optimizer = Kernels is FusedKernels ? new FusedAdamW(new AdamWConfig(), optimized) : new AdamW(new AdamWConfig(), optimized);
        var state = Resume(model, optimizer, parallel);
        using var stop = new CancellationTokenSource();
        var log = new StepLog();
        var stopStep = Stop is { } wanted && wanted.Rank == mesh.Rank ? wanted.Step : -1;
        var evaluations = new List<double>();
        var parts = new TrainerParts
        {
            Model = model,
            Parallel = parallel,
            Sequence = axis,
            Batches = new WatchedBatches(new SyntheticBatches(Vocabulary, TokensPerStep, TotalSteps, DataParallel.ShareOf(mesh)), step =>
            {
                if (step == stopStep)
                {
                    stop.Cancel();
                }

                if (parallel is not null)
                {
                    BeforeStep?.Invoke(step, parallel);
                }
            }),
            Objective = Instance ?? Objective.Build(),
            Optimizer = optimizer,
            PeakLearningRate = 0.01,
            MaxGradNorm = 1,
            Schedule = new CosineScheduleConfig().Build(TotalSteps),
            Key = RandomKey.FromSeed(1),
            Metrics = log,
            Checkpoints = Folder is null ? null : new CheckpointWriter(Folder, kept: 2),
            Evaluate = Evaluate is null ? null : _ => evaluations.Add(Evaluate(model)),
        };
        var outcome = new Trainer(Config, parts, state, TotalSteps).Run(stop.Token);
        using var whole = parallel?.WholeModel();
        return new RankedResult(
            log.Events,
            [.. model.named_parameters().Select(entry => (entry.name, entry.parameter.detach().to_array<float>()))],
            outcome,
            world?.BytesSent ?? 0,
            parallel?.Parameters.BytesPerStep ?? 0,
            evaluations)
        {
            BytesSentForAttention = mesh.Sequence?.BytesSent ?? 0,
        };
    }

    private TrainerState Resume(LanguageModel model, IOptimizer optimizer, DataParallel? parallel)
    {
        if (Folder is null || CheckpointReader.FindLatest(Folder) is not { } path)
        {
            return new TrainerState();
        }

        var checkpoint = CheckpointReader.Open(path);
        if (parallel is not null)
        {
            parallel.Load(checkpoint, optimizer);
        }
        else
        {
            checkpoint.Load("model", model.named_parameters());
            checkpoint.Load("optimizer", optimizer.State);
        }

        return TrainerState.FromFacts(checkpoint.Manifest.Facts);
    }

    /// <summary>Keeps events.</summary>
    private sealed class StepLog : IMetricSink
    {
        public List<RunEvent> Events { get; } = [];

        public void Write(RunEvent reported) => Events.Add(reported);
    }

    /// <summary>Says which step's rows are asked for.</summary>
    private sealed class WatchedBatches(IBatchSource inner, Action<long> loading) : IBatchSource
    {
        public long TotalSteps => inner.TotalSteps;

        public long TokensPerStep => inner.TokensPerStep;

        public string OrderSha256 => inner.OrderSha256;

        public TokenBatch Load(long step)
        {
            loading(step);
            return inner.Load(step);
        }
    }
}
