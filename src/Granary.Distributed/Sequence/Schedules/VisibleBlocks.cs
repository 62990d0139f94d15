namespace Granary.Distributed.Sequence.Schedules;

/// <summary>Which runs of one owner's queries see which runs of another's keys. What is partly masked is a block; what is masked as a whole is none.</summary>
internal static class VisibleBlocks
{
    /// <summary>What the queries of an owner see of the keys of an owner, which may be the same.</summary>
    internal static IEnumerable<BlockTask> Between(int queryOwner, int keyOwner, SequenceMask mask, HeadPart heads)
    {
        if (mask.IsCausal && mask.Order == SequenceOrder.Contiguous && queryOwner < keyOwner)
        {
            return [];
        }

        // In zigzag, a later owner's first run lies behind, and its second run before, the corresponding run of an earlier one.
        var isTrimmed = mask is { IsCausal: true, Order: SequenceOrder.Zigzag } && queryOwner != keyOwner;
        var queries = isTrimmed && queryOwner < keyOwner ? RowPart.Second : RowPart.Whole;
        var keys = isTrimmed && queryOwner > keyOwner ? RowPart.First : RowPart.Whole;
        return [new BlockTask(queryOwner, queries, keyOwner, keys, heads)];
    }

    /// <summary>Half of the work between owners who hold consecutive ranks: what needs no mask. <see cref="SecondHalf"/> is the rest.</summary>
    internal static IEnumerable<BlockTask> FirstHalf(int queryOwner, int keyOwner, SequenceMask mask, HeadPart heads)
    {
        return [new BlockTask(queryOwner, mask.IsCausal ? RowPart.Second : RowPart.Whole, keyOwner, RowPart.First, heads)];
    }

    /// <summary>What <see cref="FirstHalf"/> leaves.</summary>
    internal static IEnumerable<BlockTask> SecondHalf(int queryOwner, int keyOwner, SequenceMask mask, HeadPart heads)
    {
        if (!mask.IsCausal)
        {
            return [new BlockTask(queryOwner, RowPart.Whole, keyOwner, RowPart.Second, heads)];
        }

        IEnumerable<BlockTask> first = queryOwner >= keyOwner ? [new BlockTask(queryOwner, RowPart.First, keyOwner, RowPart.First, heads)] : [];
        IEnumerable<BlockTask> second = queryOwner <= keyOwner ? [new BlockTask(queryOwner, RowPart.Second, keyOwner, RowPart.Second, heads)] : [];
        return first.Concat(second);
    }
}
