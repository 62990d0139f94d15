namespace Granary.Pipelines.Climb.Predictors;

/// <summary>What every predictor asks of the rows it is fitted to, and how it sees that it learned nothing.</summary>
internal static class FitRows
{
    /// <summary>Refuses rows that nothing can be learned from.</summary>
    /// <exception cref="ArgumentException">There is no row, rows and scores differ in number, rows in length, or a number is not finite.</exception>
    public static void Check(IReadOnlyList<double[]> mixtures, IReadOnlyList<double> scores)
    {
        ArgumentNullException.ThrowIfNull(mixtures);
        ArgumentNullException.ThrowIfNull(scores);
        if (mixtures.Count == 0 || mixtures.Count != scores.Count)
        {
            throw new ArgumentException($"A predictor needs a score for each mixture, and at least one; given are '{mixtures.Count}' mixtures and '{scores.Count}' scores. Leave failed runs out.", nameof(scores));
        }

        if (mixtures.Any(weights => weights.Length != mixtures[0].Length || !weights.All(double.IsFinite)) || !scores.All(double.IsFinite))
        {
            throw new ArgumentException("A predictor needs mixtures of one length and numbers that are finite. Leave failed runs out.", nameof(mixtures));
        }
    }

    /// <summary>Whether predictions of the fitted rows differ by no more than rounding.</summary>
    public static bool AreTheSame(IReadOnlyList<double> predictions)
    {
        var (least, most) = (predictions.Min(), predictions.Max());
        return most - least <= 1e-9 * Math.Max(Math.Abs(least), Math.Abs(most));
    }
}
