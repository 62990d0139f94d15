namespace Granary.Pipelines.Climb.Search;

/// <summary>Makes trials: proxy runs, rows of a table of known results, a simulator.</summary>
public interface ITrialRunner
{
    /// <summary>
    /// Runs trials that may run at the same time, and gives each result as it comes, in any order. A trial that was run
    /// before gives its kept result.
    /// </summary>
    IAsyncEnumerable<TrialResult> RunAsync(IReadOnlyList<Trial> trials, CancellationToken cancellationToken);
}
