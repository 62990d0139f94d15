namespace Granary.Pipelines.Climb.Search;

/// <summary>What a search remembers between its steps: rounds as they were proposed, results as they came. It only grows.</summary>
public interface ISearchState
{
    /// <summary>A round as it was proposed; null when it was not yet.</summary>
    Proposal? ReadRound(int round);

    /// <summary>Keeps a round; from then on it is never proposed again.</summary>
    void KeepRound(int round, Proposal proposal);

    /// <summary>A trial's result; null when it has none.</summary>
    TrialResult? ReadResult(Trial trial);

    /// <summary>Keeps a result.</summary>
    void KeepResult(TrialResult result);

    /// <summary>How often a trial failed.</summary>
    int CountFailures(Trial trial);

    /// <summary>Keeps a failed attempt at a trial.</summary>
    /// <param name="failed">What came of it.</param>
    /// <param name="attempt">Which attempt it was, from 1.</param>
    void KeepFailure(TrialResult failed, int attempt);

    /// <summary>Keeps the choice.</summary>
    void KeepChoice(MixtureChoice choice);
}
