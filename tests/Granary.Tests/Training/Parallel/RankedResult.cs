using Granary.Core.Runs;

namespace Granary.Training.Parallel.Tests;

/// <summary>What a rank of a run comes to.</summary>
public sealed record RankedResult(IReadOnlyList<RunEvent> Events, (string Name, float[] Values)[] Weights, TrainingOutcome Outcome, long BytesSent, long BytesPerStep, IReadOnlyList<double> Evaluations)
{
    /// <summary>Bytes that went to the ranks that share this one's rows.</summary>
    public long BytesSentForAttention { get; init; }

    public double[] Losses => [.. Steps.Select(reported => reported.Numbers["loss"])];

    public double[] Norms => [.. Steps.Select(reported => reported.Numbers["gradient_norm"])];

    public IEnumerable<RunEvent> Steps => Events.Where(reported => reported.Kind == "step");

    public float[] Flat => [.. Weights.SelectMany(entry => entry.Values)];
}
