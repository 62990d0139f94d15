namespace Granary.Pipelines.Climb.Search;

/// <summary>How well a predictor tells what trials score that it was not fitted to.</summary>
public sealed record PredictorFit
{
    /// <summary>The predictor's name.</summary>
    public required string Predictor { get; init; }

    /// <summary>Trials it was fitted to.</summary>
    public required int Trials { get; init; }

    /// <summary>Spearman's rank correlation of out-of-fold predictions and scores; 0 where the predictor is constant.</summary>
    public required double RankCorrelation { get; init; }

    /// <summary>The same among the best quarter of the trials.</summary>
    public required double RankCorrelationOfBest { get; init; }

    /// <summary>Root mean squared error of the out-of-fold predictions, in the score's unit.</summary>
    public required double Rmse { get; init; }

    /// <summary>How much worse than predicted the tenth came out that was predicted best, in the score's unit; NaN where unknown.</summary>
    public double Optimism { get; init; } = double.NaN;

    /// <summary>Out-of-fold predictions, in the order of the trials.</summary>
    public required IReadOnlyList<double> OutOfFold { get; init; }

    /// <summary>The trials' ids, in the order of <see cref="OutOfFold"/>.</summary>
    public required IReadOnlyList<string> TrialIds { get; init; }

    /// <summary>Why it is out of question, in a sentence, such as that it says the same of every mixture; null where it is not.</summary>
    public string? Failure { get; init; }
}
