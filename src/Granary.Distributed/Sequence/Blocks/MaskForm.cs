using Granary.Torch.Kernels;

namespace Granary.Distributed.Sequence.Blocks;

/// <summary>The cheapest form of an order that is exact for queries and keys at some positions of a row.</summary>
/// <param name="Kind">Which form.</param>
/// <param name="Offset">For <see cref="MaskKind.Causal"/>: among these queries and keys, query i sees keys up to i plus this.</param>
internal readonly record struct MaskForm(MaskKind Kind, long Offset = 0)
{
    /// <summary>The form of an order, whose causal offset is that of the whole row, between two lists of runs of positions.</summary>
    internal static MaskForm Of(AttentionOrder order, long offset, PositionRuns queries, PositionRuns keys)
    {
        if (queries.Count == 0 || keys.Count == 0)
        {
            return new MaskForm(MaskKind.Hidden);
        }

        return order switch
        {
            AttentionOrder.Full => new MaskForm(MaskKind.Full),
            AttentionOrder.Ranked => new MaskForm(MaskKind.Ranked),
            _ => Causal(offset, queries, keys),
        };
    }

    private static MaskForm Causal(long offset, PositionRuns queries, PositionRuns keys)
    {
        if (keys.First > queries.Last + offset)
        {
            return new MaskForm(MaskKind.Hidden);
        }

        if (keys.Last <= queries.First + offset)
        {
            return new MaskForm(MaskKind.Full);
        }

        // One run each: the i-th query stands at First + i. The same ascending positions: order among them is order in the row.
        return queries.IsOneRun && keys.IsOneRun
            ? new MaskForm(MaskKind.Causal, queries.First - keys.First + offset)
            : new MaskForm(offset == 0 && queries.IsAscending && queries.Runs.SequenceEqual(keys.Runs) ? MaskKind.Causal : MaskKind.Ranked);
    }
}
