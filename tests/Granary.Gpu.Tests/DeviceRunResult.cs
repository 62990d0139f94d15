using Granary.Core.Runs;

namespace Granary.Gpu.Tests;

/// <summary>What came of a run.</summary>
/// <param name="Events">What it reported.</param>
/// <param name="Weights">All parameters at its end, one after the other.</param>
internal sealed record DeviceRunResult(IReadOnlyList<RunEvent> Events, float[] Weights)
{
    /// <summary>The loss of every step.</summary>
    internal double[] Losses => [.. Events.Where(reported => reported.Kind == "step").Select(reported => reported.Numbers["loss"])];

    /// <summary>What the run warned of.</summary>
    internal string[] Warnings => [.. Events.Where(reported => reported.Kind == "warning").Select(reported => reported.Texts["reason"])];

    /// <summary>The largest difference between two runs' losses.</summary>
    internal double LossesApart(DeviceRunResult other) => Losses.Zip(other.Losses, (one, two) => Math.Abs(one - two)).Max();

    /// <summary>The largest difference between two runs' weights.</summary>
    internal double WeightsApart(DeviceRunResult other) => Weights.Zip(other.Weights, (one, two) => (double)Math.Abs(one - two)).Max();
}
