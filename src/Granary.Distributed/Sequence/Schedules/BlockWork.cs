namespace Granary.Distributed.Sequence.Schedules;

/// <summary>How much there is to compute in a block.</summary>
public static class BlockWork
{
    /// <summary>Pairs of a query and a key that it sees, for one row and head.</summary>
    public static long PairsOf(BlockTask block, SequenceLayout layout, bool isCausal)
    {
        var pairs = 0L;
        foreach (var queries in layout.RunsOf(block.QueryOwner, block.Queries))
        {
            foreach (var keys in layout.RunsOf(block.KeyOwner, block.Keys))
            {
                pairs += isCausal ? Below(queries, keys) : (queries.End - queries.Start) * (keys.End - keys.Start);
            }
        }

        return pairs;
    }

    // Query i sees the keys up to i: none before the first, one more with each, all from the last on.
    private static long Below((long Start, long End) queries, (long Start, long End) keys)
    {
        var rising = (Start: Math.Clamp(keys.Start, queries.Start, queries.End), End: Math.Clamp(keys.End, queries.Start, queries.End));
        var (least, most) = (rising.Start - keys.Start + 1, rising.End - keys.Start);
        return ((rising.End - rising.Start) * (least + most) / 2) + ((queries.End - rising.End) * (keys.End - keys.Start));
    }
}
