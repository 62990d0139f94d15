namespace Granary.Pipelines.Climb.Predictors;

/// <summary>How a predictor did that was fitted to subsets of known runs.</summary>
public sealed record PredictorAccuracy
{
    /// <summary>Runs that each fit was given.</summary>
    public required int Size { get; init; }

    /// <summary>Subsets that were fitted.</summary>
    public required int Subsets { get; init; }

    /// <summary>Fits that said the same of every mixture.</summary>
    public required int Constants { get; init; }

    /// <summary>For each set of unseen runs, how well they were told.</summary>
    public required IReadOnlyList<UnseenAccuracy> Unseen { get; init; }
}
