namespace Granary.Pipelines.Climb.Predictors;

/// <summary>Between scores in their own unit and standardised ones, of mean 0 and deviation 1.</summary>
/// <param name="Mean">The scores' mean.</param>
/// <param name="Deviation">Their standard deviation; 1 where all are the same, so that these become 0.</param>
internal readonly record struct ScoreScale(double Mean, double Deviation)
{
    /// <summary>Leaves scores as they are.</summary>
    public static ScoreScale None { get; } = new(0, 1);

    /// <summary>The scale of some scores.</summary>
    public static ScoreScale Of(IReadOnlyList<double> scores)
    {
        var mean = scores.Average();
        var deviation = Deviate(scores);

        // What is left of equal scores is rounding.
        return new ScoreScale(mean, deviation > 1e-12 * Math.Abs(mean) ? deviation : 1);
    }

    /// <summary>The standard deviation of numbers about their mean.</summary>
    public static double Deviate(IReadOnlyList<double> numbers)
    {
        var mean = numbers.Average();
        return Math.Sqrt(numbers.Average(number => (number - mean) * (number - mean)));
    }

    /// <summary>Scores, standardised.</summary>
    public double[] Standardise(IReadOnlyList<double> scores)
    {
        var (mean, deviation) = (Mean, Deviation);
        return [.. scores.Select(score => (score - mean) / deviation)];
    }

    /// <summary>A standardised score in the scores' unit.</summary>
    public double Restore(double standardised)
    {
        return Mean + (Deviation * standardised);
    }
}
