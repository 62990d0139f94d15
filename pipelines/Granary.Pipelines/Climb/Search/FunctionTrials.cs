using System.Runtime.CompilerServices;

namespace Granary.Pipelines.Climb.Search;

/// <summary>Trials that are computed at once: rows of a table, a simulator.</summary>
internal sealed class FunctionTrials : ITrialRunner
{
    private readonly Func<Trial, TrialResult> _run;

    /// <summary>Creates the runner.</summary>
    public FunctionTrials(Func<Trial, TrialResult> run)
    {
        _run = run;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<TrialResult> RunAsync(IReadOnlyList<Trial> trials, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var trial in trials)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return _run(trial);
        }

        await Task.CompletedTask;
    }
}
