using Granary.Checkpoints.Sharded;
using Granary.Cli.Stages;
using Granary.Core.Randomness;
using Granary.Core.Runs;
using Granary.Models.Language;
using Granary.Torch;
using Granary.Training;
using Granary.Training.Objectives;
using Granary.Training.Optimizers;
using Granary.Training.Schedules;

namespace Granary.Gpu.Tests;

/// <summary>A small training run that can be taken on any device, from its beginning or from a checkpoint.</summary>
internal sealed record DeviceRun
{
    internal const int Vocabulary = 97;

    /// <summary>The model.</summary>
    internal required ModelConfig Model { get; init; }

    /// <summary>What it learns.</summary>
    internal ObjectiveConfig Objective { get; init; } = new NextTokenConfig();

    /// <summary>The objective for ids that no tokenizer made.</summary>
    internal Func<IObjective>? Build { get; init; }

    /// <summary>What is computed in.</summary>
    internal TrainingPrecision Precision { get; init; }

    /// <summary>Whether steps are recorded.</summary>
    internal bool Captures { get; init; } = true;

    /// <summary>Lengths of rows, which take turns.</summary>
    internal int[] Lengths { get; init; } = [64];

    /// <summary>Tokens of a step, which are two portions.</summary>
    internal int TokensPerStep { get; init; } = 1_024;

    /// <summary>Steps of the whole run.</summary>
    internal long Steps { get; init; } = 30;

    /// <summary>After which it stops, as if interrupted.</summary>
    internal long StopAfter { get; init; } = long.MaxValue;

    /// <summary>Where checkpoints are written, and read from where there is one; null for none.</summary>
    internal string? Folder { get; init; }

    /// <summary>Trains on a device.</summary>
    internal DeviceRunResult On(Device device)
    {
        var former = torch.get_default_device();
        torch.set_default_device(device);
        try
        {
            using var scope = torch.NewDisposeScope();
            return Train(device);
        }
        finally
        {
            torch.set_default_device(former);
        }
    }

    private DeviceRunResult Train(Device device)
    {
        var optimizing = new AdamWConfig { LearningRate = 0.003 };
        using var model = Model.Build(Vocabulary, Objective.Needs.Ahead, RandomKey.FromSeed(1), ModelBuilder.Kernels(areFused: true, Precision));
        using var optimizer = ModelBuilder.BuildOptimizer(optimizing, model, isFused: true);
        var state = Resumed(model, optimizer);
        using var stop = new CancellationTokenSource();
        var sink = new Sink(stop, StopAfter);
        var parts = new TrainerParts
        {
            Model = model,
            Batches = new AlternatingBatches(Vocabulary, TokensPerStep, Steps, Lengths),
            Objective = Build is null ? Objective.Build() : Build(),
            Optimizer = optimizer,
            PeakLearningRate = optimizing.LearningRate,
            MaxGradNorm = 1,
            Schedule = new CosineScheduleConfig().Build(Steps),
            Key = RandomKey.FromSeed(1),
            Metrics = sink,
            Checkpoints = Folder is null ? null : new CheckpointWriter(Folder, kept: 2),
        };
        var config = new TrainingConfig { TokensPerMicrobatch = TokensPerStep / 2, Capture = Captures, Device = device.ToString(), Precision = Precision };
        new Trainer(config, parts, state, Steps).Run(stop.Token);
        return new DeviceRunResult(sink.Events, [.. model.parameters().SelectMany(parameter => parameter.detach().to_array<float>())]);
    }

    private TrainerState Resumed(LanguageModel model, IOptimizer optimizer)
    {
        if (Folder is null || CheckpointReader.FindLatest(Folder) is not { } latest)
        {
            return new TrainerState();
        }

        var checkpoint = CheckpointReader.Open(latest);
        checkpoint.Load("model", model.named_parameters());
        checkpoint.Load("optimizer", optimizer.State);
        return TrainerState.FromFacts(checkpoint.Manifest.Facts);
    }

    /// <summary>Keeps what is reported, and asks the run to stop.</summary>
    private sealed class Sink(CancellationTokenSource stop, long stopAfter) : IMetricSink
    {
        public List<RunEvent> Events { get; } = [];

        public void Write(RunEvent reported)
        {
            Events.Add(reported);
            if (reported.Kind == "step" && reported.Step + 1 >= stopAfter)
            {
                stop.Cancel();
            }
        }
    }
}
