namespace Granary.Pipelines.Climb.Statistics;

/// <summary>How far predictions lie from what came of them.</summary>
public static class PredictionError
{
    /// <summary>The root of the mean squared error.</summary>
    public static double Rmse(IReadOnlyList<double> predictions, IReadOnlyList<double> scores)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        return Math.Sqrt(predictions.Zip(scores, (predicted, actual) => (predicted - actual) * (predicted - actual)).Average());
    }

    /// <summary>
    /// How much worse than predicted those come out that are predicted best, lower being better: positive where the search
    /// would be led on by a lucky error.
    /// </summary>
    /// <param name="predictions">What was predicted.</param>
    /// <param name="scores">What it came to.</param>
    /// <param name="share">The share of the predictions that counts as best, rounded up.</param>
    public static double Optimism(IReadOnlyList<double> predictions, IReadOnlyList<double> scores, double share = 0.1)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(scores);
        return Enumerable.Range(0, predictions.Count)
            .OrderBy(i => predictions[i])
            .Take((int)Math.Ceiling(share * predictions.Count))
            .Average(i => scores[i] - predictions[i]);
    }
}
