namespace Granary.Pipelines.Climb.Predictors;

/// <summary>How well fits tell what unseen runs cost, as means over subsets of the runs that were fitted.</summary>
public sealed record UnseenAccuracy
{
    /// <summary>Spearman's rank correlation of predictions and losses; 0 where the fit is constant.</summary>
    public required double RankCorrelation { get; init; }

    /// <summary>The standard deviation of that between subsets.</summary>
    public required double RankCorrelationSpread { get; init; }

    /// <summary>The rank correlation among the best quarter of the unseen runs.</summary>
    public required double RankCorrelationOfBest { get; init; }

    /// <summary>The root of the mean squared error, in the losses' unit; without meaning where unseen runs are of another size of model.</summary>
    public required double Rmse { get; init; }

    /// <summary>How much worse than predicted the tenth came out that was predicted best; without meaning where models differ in size.</summary>
    public required double Optimism { get; init; }

    /// <summary>How far the run that is predicted best lies above the best run.</summary>
    public required double Regret { get; init; }
}
