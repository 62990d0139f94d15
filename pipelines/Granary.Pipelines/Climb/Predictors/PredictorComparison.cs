using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Statistics;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>Measures predictors on tables of known runs: fits to random subsets, which are the same for every predictor.</summary>
public static class PredictorComparison
{
    /// <summary>Fits a predictor to subsets of some runs and tells how it does on others.</summary>
    /// <param name="predictor">What is fitted.</param>
    /// <param name="known">The runs that subsets are taken from.</param>
    /// <param name="unseen">The runs that are predicted, set by set, such as of larger models.</param>
    /// <param name="target">The metric, as <see cref="MeasuredRuns.Scores"/> takes it.</param>
    /// <param name="size">Runs of a subset.</param>
    /// <param name="subsets">Subsets; one is enough where it takes all runs.</param>
    /// <exception cref="ArgumentException">There are fewer runs than a subset has, or the target is no metric.</exception>
    public static PredictorAccuracy Measure(PredictorConfig predictor, MeasuredRuns known, IReadOnlyList<MeasuredRuns> unseen, string target, int size, int subsets)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentNullException.ThrowIfNull(known);
        ArgumentNullException.ThrowIfNull(unseen);
        if (size > known.Keys.Count)
        {
            throw new ArgumentException($"A subset of '{size}' runs cannot be taken from {known.Keys.Count}. Choose smaller sizes.", nameof(size));
        }

        var scores = known.Scores(target);
        var truths = unseen.Select(runs => runs.Scores(target)).ToList();
        var mixtures = unseen.Select(runs => runs.MixturesOf(known.Components)).ToList();
        var predictions = unseen.Select(_ => new List<double[]>()).ToList();
        var constants = 0;
        for (var subset = 0; subset < subsets; subset++)
        {
            var key = RandomKey.FromSeed(0).Use("subset").Fold(subset);
            var rows = RandomOrder.Of(known.Keys.Count, key)[..size];
            using var fitted = predictor.Build().Fit([.. rows.Select(row => known.Mixtures[row])], [.. rows.Select(row => scores[row])], key.Use("fit"));
            constants += fitted.IsConstant ? 1 : 0;
            for (var set = 0; set < mixtures.Count; set++)
            {
                predictions[set].Add(fitted.Predict(mixtures[set]));
            }
        }

        return new PredictorAccuracy { Size = size, Subsets = subsets, Constants = constants, Unseen = [.. predictions.Zip(truths, Summarise)] };
    }

    private static UnseenAccuracy Summarise(IReadOnlyList<double[]> predictions, double[] truth)
    {
        var correlations = predictions.Select(predicted => RankCorrelation.Spearman(predicted, truth)).ToList();
        return new UnseenAccuracy
        {
            RankCorrelation = correlations.Average(),
            RankCorrelationSpread = ScoreScale.Deviate(correlations),
            RankCorrelationOfBest = predictions.Average(predicted => RankCorrelation.SpearmanOfBest(predicted, truth)),
            Rmse = predictions.Average(predicted => PredictionError.Rmse(predicted, truth)),
            Optimism = predictions.Average(predicted => PredictionError.Optimism(predicted, truth)),
            Regret = predictions.Average(predicted => truth[Array.IndexOf(predicted, predicted.Min())] - truth.Min()),
        };
    }
}
