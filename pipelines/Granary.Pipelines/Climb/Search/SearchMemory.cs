namespace Granary.Pipelines.Climb.Search;

/// <summary>The state of a search that ends with its process: replays and simulations.</summary>
public sealed class SearchMemory : ISearchState
{
    private readonly Dictionary<int, Proposal> _rounds = [];
    private readonly Dictionary<string, TrialResult> _results = [];
    private readonly Dictionary<string, int> _failures = [];

    /// <inheritdoc/>
    public Proposal? ReadRound(int round)
    {
        return _rounds.GetValueOrDefault(round);
    }

    /// <inheritdoc/>
    public void KeepRound(int round, Proposal proposal)
    {
        _rounds.Add(round, proposal);
    }

    /// <inheritdoc/>
    public TrialResult? ReadResult(Trial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        return _results.GetValueOrDefault(trial.Id);
    }

    /// <inheritdoc/>
    public void KeepResult(TrialResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        _results.Add(result.Id, result);
    }

    /// <inheritdoc/>
    public int CountFailures(Trial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        return _failures.GetValueOrDefault(trial.Id);
    }

    /// <inheritdoc/>
    public void KeepFailure(TrialResult failed, int attempt)
    {
        ArgumentNullException.ThrowIfNull(failed);
        _failures[failed.Id] = attempt;
    }

    /// <inheritdoc/>
    public void KeepChoice(MixtureChoice choice)
    {
        // Whoever drives the search has it.
    }
}
