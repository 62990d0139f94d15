using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Distributed.Sequence.Blocks;

/// <summary>The law of whole rows, cut for blocks of them.</summary>
internal sealed class BlockMasks
{
    private readonly AttentionMask _mask;
    private readonly long _batch;

    internal BlockMasks(AttentionMask mask, long batch)
    {
        _mask = mask;
        _batch = batch;
    }

    /// <summary>The law between queries and keys at some positions, in the caller's dispose scope; null where no query sees a key.</summary>
    internal AttentionMask? Between(PositionRuns queries, PositionRuns keys)
    {
        var form = MaskForm.Of(_mask.Order, _mask.CausalOffset, queries, keys);
        var order = form.Kind switch
        {
            MaskKind.Hidden => null,
            MaskKind.Full => AttentionMask.Full,
            MaskKind.Causal => AttentionMask.Causal(form.Offset),
            _ when _mask.Order == AttentionOrder.Ranked => AttentionMask.Ranked(Of(_mask.RankQ!, queries), Of(_mask.RankK!, keys)),
            _ => AttentionMask.Ranked(Ranks(queries, _mask.CausalOffset), Ranks(keys, 0)),
        };
        return order is null || _mask.SegmentK is null
            ? order
            : order.WithSegments(Of(_mask.SegmentQ!, queries), Of(_mask.SegmentK, keys), _mask.AnchorK is null ? null : Of(_mask.AnchorK, keys));
    }

    private Tensor Ranks(PositionRuns runs, long offset)
    {
        var ranks_T = torch.tensor(Array.ConvertAll(runs.Positions(), position => (int)(position + offset)));
        return ranks_T.unsqueeze(0).expand([_batch, ranks_T.size(0)]).contiguous();
    }

    private static Tensor Of(Tensor vector_BS, PositionRuns runs)
    {
        return torch.cat([.. runs.Runs.Select(run => vector_BS.narrow(1, run.Start, run.End - run.Start))], dim: 1);
    }
}
