using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Statistics;

namespace Granary.Pipelines.Climb.Replay;

/// <summary>Known results: mixtures that were run, what each scored, and the space they lie in.</summary>
public sealed class ReplayTable
{
    private readonly Dictionary<IReadOnlyList<double>, double> _scores = new(WeightsComparer.Instance);

    /// <summary>Creates the table from runs; mixtures that were run more than once count once, with the mean of their scores.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="targets">The metrics whose mean is the score; <see cref="MeasuredRuns.Mean"/> for all.</param>
    /// <exception cref="ArgumentException">A target is no metric.</exception>
    public ReplayTable(MeasuredRuns runs, IReadOnlyList<string> targets)
    {
        ArgumentNullException.ThrowIfNull(runs);
        ArgumentNullException.ThrowIfNull(targets);
        var columns = targets.Select(runs.Scores).ToList();
        foreach (var rows in runs.Mixtures.Index().GroupBy(row => (IReadOnlyList<double>)row.Item, WeightsComparer.Instance))
        {
            _scores.Add(rows.Key, rows.Average(row => columns.Average(column => column[row.Index])));
        }

        Space = new MixtureSpace([.. runs.Components.Select((name, i) => new MixtureComponent { Name = name, Tokens = 0, Prior = runs.Mixtures.Average(weights => weights[i]) })]);
        Mixtures = [.. _scores.Keys.Select(weights => weights.ToArray())];
        Least = _scores.Values.Min();
    }

    /// <summary>The components; a component's share is the mean of its weights.</summary>
    public MixtureSpace Space { get; }

    /// <summary>The mixtures, all different.</summary>
    public IReadOnlyList<double[]> Mixtures { get; }

    /// <summary>The best score of all.</summary>
    public double Least { get; }

    /// <summary>What a mixture of the table scored.</summary>
    public double ScoreOf(IReadOnlyList<double> weights)
    {
        return _scores[weights];
    }
}
