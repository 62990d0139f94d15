namespace Granary.Pipelines.Climb.Search;

/// <summary>What a search wants to be tried next, and what it went by.</summary>
/// <param name="Trials">The trials; empty at the end.</param>
/// <param name="Fits">The predictors that were fitted to choose them, the one that was used first; empty where none was.</param>
public sealed record Proposal(IReadOnlyList<Trial> Trials, IReadOnlyList<PredictorFit> Fits)
{
    /// <summary>What the predictor says that each trial scores, in their order; NaN for those, and empty where for all, it says nothing of.</summary>
    public IReadOnlyList<double> Predicted { get; init; } = [];
}
