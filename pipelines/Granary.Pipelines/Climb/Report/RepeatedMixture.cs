using Granary.Pipelines.Climb.Search;

namespace Granary.Pipelines.Climb.Report;

/// <summary>A mixture that was run more than once, each time with another seed.</summary>
/// <param name="Runs">The runs.</param>
/// <param name="Name">What it is called.</param>
internal sealed record RepeatedMixture(IReadOnlyList<FinishedTrial> Runs, string Name)
{
    /// <summary>The number of runs.</summary>
    public int Count => Runs.Count;

    /// <summary>Their mean score.</summary>
    public double Mean => Runs.Average(run => run.Result.Score);

    /// <summary>The standard deviation of a run.</summary>
    public double Deviation => Findings.DeviationOf([.. Runs.Select(run => run.Result.Score)]);
}
