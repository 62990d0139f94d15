using Granary.Cluster.Ledger;

namespace Granary.Cluster.Generations;

/// <summary>What the rows of a generation's ranks say about it.</summary>
internal static class GenerationJudge
{
    /// <summary>Where it stands. A rank is granted once, so one that is free again has ended by itself and in order.</summary>
    public static GenerationEnd EndOf(IReadOnlyList<ShardRow> ranks)
    {
        if (ranks.Any(rank => rank.State == ShardState.Failed))
        {
            return GenerationEnd.Failed;
        }

        if (ranks.Any(rank => rank.State == ShardState.Cancelled))
        {
            return GenerationEnd.Lost;
        }

        if (ranks.All(rank => rank.State == ShardState.Done))
        {
            return GenerationEnd.Done;
        }

        if (ranks.Any(HasSaved))
        {
            return ranks.Any(rank => rank.State == ShardState.Leased) ? GenerationEnd.Ends : GenerationEnd.Saved;
        }

        return ranks.All(rank => rank.State == ShardState.Free) ? GenerationEnd.Waits : GenerationEnd.Goes;
    }

    /// <summary>The rank that the others failed for: the first that did not only miss another one.</summary>
    public static ShardRow? CauseOf(IReadOnlyList<ShardRow> ranks)
    {
        return ranks
            .Where(rank => rank.State == ShardState.Failed)
            .OrderBy(rank => rank.Failure?.StartsWith(RankWords.MissedPeer, StringComparison.Ordinal) == true)
            .ThenBy(rank => rank.Key.Index)
            .FirstOrDefault();
    }

    private static bool HasSaved(ShardRow rank) => rank.State == ShardState.Free && rank.Token.Epoch > 0;
}
