using Granary.Checkpoints.Sharded;
using Granary.Core.Randomness;
using Granary.Core.Runs;
using Granary.Data.Batching;
using Granary.Distributed.Sequence;
using Granary.Models.Language;
using Granary.Training.Capture;
using Granary.Training.Objectives;
using Granary.Training.Optimizers;
using Granary.Training.Parallel;
using Granary.Training.Schedules;

namespace Granary.Training;

/// <summary>What a trainer works with; the trainer owns none of it.</summary>
public sealed record TrainerParts
{
    /// <summary>The model, whose parameters change.</summary>
    public required LanguageModel Model { get; init; }

    /// <summary>The rows of every step.</summary>
    public required IBatchSource Batches { get; init; }

    /// <summary>What the model learns to predict.</summary>
    public required IObjective Objective { get; init; }

    /// <summary>How gradients become updates.</summary>
    public required IOptimizer Optimizer { get; init; }

    /// <summary>The ranks that train together, over which the optimizer is built; null for one.</summary>
    public DataParallel? Parallel { get; init; }

    /// <summary>The ranks that share this one's rows, on which the model is built; null where none do.</summary>
    public SequenceAxis? Sequence { get; init; }

    /// <summary>The learning rate at its peak.</summary>
    public required double PeakLearningRate { get; init; }

    /// <summary>Gradients are scaled down to this norm; 0 never.</summary>
    public required double MaxGradNorm { get; init; }

    /// <summary>How the learning rate goes.</summary>
    public required ISchedule Schedule { get; init; }

    /// <summary>The stream of the run's random numbers.</summary>
    public required RandomKey Key { get; init; }

    /// <summary>Who hears of every step; of several ranks the first one's does.</summary>
    public required IMetricSink Metrics { get; init; }

    /// <summary>Is told of the steps done after each, on every rank. Default null: nobody is.</summary>
    public Action<long>? StepTaken { get; init; }

    /// <summary>Who writes checkpoints; null writes none. Of several ranks the first one's does, but all have one or none.</summary>
    public CheckpointWriter? Checkpoints { get; init; }

    /// <summary>What checkpoints say besides the trainer's state: hashes, versions, threads.</summary>
    public IReadOnlyDictionary<string, string> Facts { get; init; } = new Dictionary<string, string>();

    /// <summary>Further files of checkpoints: configuration, tokenizer.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>How steps are recorded; null for the way of the model's device, where that has one.</summary>
    internal IStepCapture? Capture { get; init; }

    /// <summary>Who weighs the rows of each step; null for all alike.</summary>
    internal IRowWeighting? Weighting { get; init; }

    /// <summary>Called when an evaluation is due, on every rank and with all parameters there; null for none.</summary>
    public Action<long>? Evaluate { get; init; }

    /// <summary>The machine's measured matrix rate in operations a second, for the share that is reported; 0 reports none.</summary>
    public double MatrixRate { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
