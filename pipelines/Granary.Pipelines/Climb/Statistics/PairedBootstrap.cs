using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Statistics;

/// <summary>temp</summary>
public sealed record BootstrapInterval(double Mean, double Low, double High);

/// <summary>temp</summary>
public static class PairedBootstrap
{
    /// <summary>temp</summary>
    public static BootstrapInterval Of(IReadOnlyList<double> a, IReadOnlyList<double> b, RandomKey key)
    {
        var d = a.Zip(b, (x, y) => x - y).ToArray();
        var means = Enumerable.Range(0, 10_000).Select(i => { var k = key.Fold(i); return Enumerable.Range(0, d.Length).Average(j => d[k.BelowAt(j, d.Length)]); }).Order().ToArray();
        return new BootstrapInterval(d.Average(), means[250], means[9749]);
    }
}
