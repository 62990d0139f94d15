namespace Granary.Cli.Benchmarks;

/// <summary>The middle of measurements, which one that was disturbed does not move.</summary>
internal static class Median
{
    /// <summary>The middle value, or the mean of the middle two.</summary>
    internal static double Of(IReadOnlyCollection<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
