namespace Granary.Pipelines.Climb.Replay;

/// <summary>How a method did on a table, a number for each seed.</summary>
public sealed record ReplayOutcome
{
    /// <summary>The method's name.</summary>
    public required string Method { get; init; }

    /// <summary>How far the chosen mixture's score is above the table's best.</summary>
    public required IReadOnlyList<double> Regret { get; init; }

    /// <summary>How far the best that was visited is above the table's best.</summary>
    public required IReadOnlyList<double> BestObservedRegret { get; init; }

    /// <summary>Spearman's rank correlation of the last predictor's out-of-fold predictions; NaN without a predictor.</summary>
    public required IReadOnlyList<double> RankCorrelation { get; init; }
}
