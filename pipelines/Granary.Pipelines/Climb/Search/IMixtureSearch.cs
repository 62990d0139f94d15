namespace Granary.Pipelines.Climb.Search;

/// <summary>
/// A method that looks for the best mixture. It keeps no state: what it proposes is a pure function of the space, its
/// configuration, the seed and the finished trials, sorted by round and index, so a search can be killed and folded again.
/// </summary>
public interface IMixtureSearch
{
    /// <summary>What <c>search.type</c> says of it.</summary>
    string Name { get; }

    /// <summary>Trials that it makes in all, finalists included.</summary>
    int Trials { get; }

    /// <summary>Trials of each round, which may all run at once; those of the next wait for them.</summary>
    IReadOnlyList<int> Rounds => Trials > 0 ? [Trials] : [];

    /// <summary>The trials of the next round; empty when enough are finished to choose.</summary>
    /// <param name="history">All trials of the rounds before, by round and index; failed ones too.</param>
    Proposal Propose(IReadOnlyList<FinishedTrial> history);

    /// <summary>The mixture to train on.</summary>
    MixtureChoice Choose(IReadOnlyList<FinishedTrial> history);
}
