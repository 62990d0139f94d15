using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>A mixture with all of its runs.</summary>
/// <param name="Weights">The mixture.</param>
/// <param name="Scores">What the runs scored, in the order of their trials.</param>
internal sealed record MeasuredMixture(IReadOnlyList<double> Weights, IReadOnlyList<double> Scores)
{
    /// <summary>The mean of the runs.</summary>
    public double Mean { get; } = Scores.Average();

    /// <summary>The standard deviation of the runs; NaN with fewer than two.</summary>
    public double Spread => Scores.Count < 2 ? double.NaN : Math.Sqrt(SquaredDeviations / (Scores.Count - 1));

    private double SquaredDeviations => Scores.Sum(score => (score - Mean) * (score - Mean));

    /// <summary>The mixtures of trials that have a score, in the order in which each was first tried.</summary>
    public static IReadOnlyList<MeasuredMixture> Of(IEnumerable<FinishedTrial> trials)
    {
        return [.. trials
            .Where(finished => !finished.Result.HasFailed)
            .GroupBy(finished => finished.Trial.Weights, WeightsComparer.Instance)
            .Select(runs => new MeasuredMixture(runs.Key, [.. runs.Select(finished => finished.Result.Score)]))];
    }

    /// <summary>The standard deviation between runs of one mixture, pooled over all that were run more than once; NaN where none was.</summary>
    public static double Noise(IReadOnlyList<MeasuredMixture> mixtures)
    {
        var freedom = mixtures.Sum(mixture => mixture.Scores.Count - 1);
        return freedom == 0 ? double.NaN : Math.Sqrt(mixtures.Sum(mixture => mixture.SquaredDeviations) / freedom);
    }
}
