using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Predictors;
using Granary.Pipelines.Climb.Statistics;

namespace Granary.Pipelines.Climb.Search;

/// <summary>Measures predictors on trials that they were not fitted to.</summary>
internal static class OutOfFold
{
    /// <summary>Parts that the mixtures are divided into, each with all of its trials; each part is predicted by a fit of the others.</summary>
    internal const int Folds = 5;

    /// <summary>Predicts every trial by a fit that does not know its mixture.</summary>
    /// <param name="predictor">What is fitted, once a fold.</param>
    /// <param name="mixtures">The trials' weights.</param>
    /// <param name="scores">What they scored, lower is better.</param>
    /// <param name="ids">The trials' ids.</param>
    /// <param name="key">Divides the mixtures, and decides the fits.</param>
    public static PredictorFit Measure(IMixturePredictor predictor, IReadOnlyList<double[]> mixtures, IReadOnlyList<double> scores, IReadOnlyList<string> ids, RandomKey key)
    {
        var count = mixtures.Count;
        var fit = new PredictorFit { Predictor = predictor.Name, Trials = count, RankCorrelation = 0, RankCorrelationOfBest = 0, Rmse = double.NaN, OutOfFold = [], TrialIds = ids };
        var groups = Repeats.Of(mixtures);
        if (groups.Count < 2 * Folds)
        {
            return fit with { Failure = $"It is measured on '{groups.Count}' mixtures, but telling how good it is takes {2 * Folds} or more." };
        }

        double[] predictions;
        int constants;
        try
        {
            (predictions, constants) = Predict(predictor, mixtures, scores, groups, key);
        }
        catch (PredictorException exception)
        {
            return fit with { Failure = exception.Message };
        }

        fit = fit with { OutOfFold = predictions, Rmse = PredictionError.Rmse(predictions, scores), Optimism = PredictionError.Optimism(predictions, scores) };

        // Each fold has a mean of its own, so constant folds would still rank the trials, and wrongly.
        return constants > 0
            ? fit with { Failure = $"It says the same of every mixture in '{constants}' of {Folds} fits to about {count - (count / Folds)} trials: it has learned nothing. Run more trials, or choose settings for fewer." }
            : fit with { RankCorrelation = RankCorrelation.Spearman(predictions, scores), RankCorrelationOfBest = RankCorrelation.SpearmanOfBest(predictions, scores) };
    }
    private static (double[] Predictions, int Constants) Predict(IMixturePredictor predictor, IReadOnlyList<double[]> mixtures, IReadOnlyList<double> scores, IReadOnlyList<int[]> groups, RandomKey key)
    {
        var order = RandomOrder.Of(groups.Count, key.Use("folds"));
        var predictions = new double[mixtures.Count];
        var constants = 0;
        for (var fold = 0; fold < Folds; fold++)
        {
            var unseen = order.Where((_, place) => place % Folds == fold).SelectMany(group => groups[group]).ToList();
            var known = order.Where((_, place) => place % Folds != fold).SelectMany(group => groups[group]).Order().ToList();
            using var fitted = predictor.Fit([.. known.Select(row => mixtures[row])], [.. known.Select(row => scores[row])], key.Fold(fold));
            constants += fitted.IsConstant ? 1 : 0;
            foreach (var (row, predicted) in unseen.Zip(fitted.Predict([.. unseen.Select(row => mixtures[row])])))
            {
                predictions[row] = predicted;
            }
        }

        return (predictions, constants);
    }
}
