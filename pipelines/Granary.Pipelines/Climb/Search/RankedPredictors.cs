using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Predictors;

namespace Granary.Pipelines.Climb.Search;

/// <summary>Several predictors by how well they rank runs that they were not fitted to, and the best of them that can be fitted to all.</summary>
/// <param name="Fitted">The predictor, fitted to all runs; null where none can be.</param>
/// <param name="Config">What it was built from; null without one.</param>
/// <param name="Fits">How all of them did, the chosen one first, then by rank; those that cannot be fitted say why.</param>
internal sealed record RankedPredictors(IFittedPredictor? Fitted, PredictorConfig? Config, IReadOnlyList<PredictorFit> Fits)
{
    /// <summary>Ranks and fits.</summary>
    /// <param name="predictors">What there is to choose from.</param>
    /// <param name="mixtures">The runs' weights.</param>
    /// <param name="scores">What they scored, lower is better.</param>
    /// <param name="ids">The runs' ids.</param>
    /// <param name="key">Divides the runs, for all predictors alike so that they are compared in pairs, and decides the fits.</param>
    public static RankedPredictors Of(IReadOnlyList<PredictorConfig> predictors, IReadOnlyList<double[]> mixtures, IReadOnlyList<double> scores, IReadOnlyList<string> ids, RandomKey key)
    {
        var ranked = predictors
            .Select(config => (config, fit: OutOfFold.Measure(config.Build(), mixtures, scores, ids, key.Fold(0))))
            .OrderBy(entry => entry.fit.Failure is null ? 0 : 1)
            .ThenByDescending(entry => entry.fit.RankCorrelation)
            .ToList();
        List<PredictorFit> unfit = [];
        foreach (var (place, (config, fit)) in ranked.Index())
        {
            try
            {
                return new RankedPredictors(config.Build().Fit(mixtures, scores, key), config, [fit, .. ranked.Skip(place + 1).Select(entry => entry.fit), .. unfit]);
            }
            catch (PredictorException exception)
            {
                unfit.Add(fit with { Failure = exception.Message });
            }
        }

        return new RankedPredictors(null, null, unfit);
    }
}
