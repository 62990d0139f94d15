namespace Granary.Pipelines.Climb.Mixtures;

/// <summary>What a preset says of drawing.</summary>
internal sealed record SamplingDefaults(double Temperature, IReadOnlyList<double> Strength, double MaxUsage, double MinWeight, int Oversample)
{
    /// <summary>RegMix's recipe (arXiv 2407.01492), which the curator's code and the robust preset use in the first round.</summary>
    public static SamplingDefaults RegMix { get; } = new(0.5, [0.1, 5], 15, 2e-4, 100);

    /// <summary>Dirichlet(prior): the tokens' shares as they are, no bounds. Concentrations that sum to 1 give sparse weights.</summary>
    public static SamplingDefaults Prior { get; } = new(1, [1, 1], 0, 2e-4, 100);
}
