using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Predictors;

namespace Granary.Pipelines.Climb.Search;

/// <summary>temp</summary>
internal static class OutOfFold
{
    /// <summary>temp</summary>
    public static PredictorFit Measure(IMixturePredictor predictor, IReadOnlyList<double[]> mixtures, IReadOnlyList<double> scores, IReadOnlyList<string> ids, RandomKey key)
    {
        return new PredictorFit { Predictor = predictor.Name, Trials = ids.Count, RankCorrelation = 0, RankCorrelationOfBest = 0, Rmse = 0, OutOfFold = [], TrialIds = ids };
    }
}
