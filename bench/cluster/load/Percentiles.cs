namespace Granary.Bench.ClusterLoad;

/// <summary>Where a number of times lie.</summary>
internal sealed record Percentiles(double P50, double P99, double P999, double Max)
{
    public static Percentiles Of(IEnumerable<double> times)
    {
        double[] sorted = [.. times.DefaultIfEmpty().Order()];
        return new Percentiles(At(0.5), At(0.99), At(0.999), sorted[^1]);

        double At(double share) => sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
    }
}
