using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>What a preset says of the pool.</summary>
internal sealed record PoolDefaults(int Size, SamplingDefaults Sampling, bool Fresh, bool ExcludeMeasured, double Local, int LocalBest, IReadOnlyList<double> LocalStrength)
{
    /// <summary>The paper sorts "all configurations" that were not measured (arXiv 2504.13161, equations 3 and 4).</summary>
    public static PoolDefaults Paper { get; } = new(100_000, SamplingDefaults.Prior, Fresh: true, ExcludeMeasured: true, Local: 0, LocalBest: 8, [10, 100]);

    /// <summary>The curator's code draws 100,000 from Dirichlet(prior), without bounds, the same in each round, measured ones included.</summary>
    public static PoolDefaults Curator { get; } = Paper with { Fresh = false, ExcludeMeasured = false };

    /// <summary>Half from the first round's recipe, half around the eight best measured.</summary>
    public static PoolDefaults Robust { get; } = new(50_000, SamplingDefaults.RegMix, Fresh: true, ExcludeMeasured: true, Local: 0.5, LocalBest: 8, [10, 100]);
}
