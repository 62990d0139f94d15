namespace Granary.Models.Generation.Drafting;

/// <summary>
/// Groups guesses by what speaks for them. How often a group is right is measured, so a kind needs no probability of its
/// own: only guesses that are about equally good should share one.
/// </summary>
internal static class DraftKind
{
    internal const int Count = FirstOfHeads + (Heads * Shares);

    private const int Matches = 16;
    private const int Ranks = 8;
    private const int RecycledDepths = 4;
    private const int Heads = 8;
    private const int Shares = 8;
    private const int FirstRecycled = 2 * Matches;
    private const int FirstOfHeads = FirstRecycled + (RecycledDepths * Ranks);

    /// <summary>What followed the newest place where so many tokens agree, or an older one.</summary>
    internal static int Lookahead(int agreeing, bool isNewest)
    {
        return (2 * (Math.Clamp(agreeing, 1, Matches) - 1)) + (isNewest ? 0 : 1);
    }

    /// <summary>A successor of a rank, so many guesses deep.</summary>
    internal static int Recycled(int rank, int depth)
    {
        return FirstRecycled + (Ranks * Math.Min(depth, RecycledDepths - 1)) + Math.Min(rank, Ranks - 1);
    }

    /// <summary>A head's guess by the probability it gives it, in shares of an eighth.</summary>
    internal static int OfHead(int head, double probability)
    {
        return FirstOfHeads + (Shares * Math.Min(head, Heads - 1)) + (int)Math.Min(probability * Shares, Shares - 1);
    }
}
