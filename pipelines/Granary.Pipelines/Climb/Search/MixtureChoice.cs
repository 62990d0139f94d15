namespace Granary.Pipelines.Climb.Search;

/// <summary>The mixture a search ends with.</summary>
public sealed record MixtureChoice
{
    /// <summary>The rule that chose it: argmin, mean-top, best-observed, verified, or the method's own.</summary>
    public required string Rule { get; init; }

    /// <summary>The weights, in the components' order; sum to 1.</summary>
    public required IReadOnlyList<double> Weights { get; init; }

    /// <summary>What the last predictor says it scores; NaN without a predictor.</summary>
    public double Predicted { get; init; } = double.NaN;

    /// <summary>What it scored, the mean of its runs; NaN where it was never run.</summary>
    public double Measured { get; init; } = double.NaN;

    /// <summary>The standard deviation of these runs; NaN with fewer than two.</summary>
    public double Spread { get; init; } = double.NaN;

    /// <summary>The standard deviation of each weight among mixtures that noise cannot tell from the chosen one; empty where that is unknown.</summary>
    public IReadOnlyList<double> WeightSpread { get; init; } = [];

    /// <summary>The other candidates, each with its own rule.</summary>
    public IReadOnlyList<MixtureChoice> Alternates { get; init; } = [];

    /// <summary>The predictors' last fits, the one that was used first.</summary>
    public IReadOnlyList<PredictorFit> Fits { get; init; } = [];
}
