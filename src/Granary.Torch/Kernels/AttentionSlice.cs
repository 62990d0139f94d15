namespace Granary.Torch.Kernels;

/// <summary>The positions of a row that one of several ranks has: two of 2N chunks, as equal as whole positions allow.</summary>
/// <param name="Order">Which chunks are whose.</param>
/// <param name="Length">Positions of the whole row.</param>
/// <param name="Ranks">Ranks N.</param>
/// <param name="Rank">Whose positions.</param>
public sealed record AttentionSlice(AttentionSliceOrder Order, long Length, int Ranks, int Rank)
{
    /// <summary>The positions, in the order in which the rank has them.</summary>
    public int[] Columns()
    {
        var second = Order == AttentionSliceOrder.Zigzag ? (2 * Ranks) - 1 - Rank : (2 * Rank) + 1;
        return [.. Chunk(Order == AttentionSliceOrder.Zigzag ? Rank : 2 * Rank), .. Chunk(second)];
    }

    private IEnumerable<int> Chunk(int index)
    {
        var (start, end) = (Length * index / (2 * Ranks), Length * (index + 1) / (2 * Ranks));
        return Enumerable.Range((int)start, (int)(end - start));
    }
}
