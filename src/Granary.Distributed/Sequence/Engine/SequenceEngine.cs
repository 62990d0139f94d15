using Granary.Distributed.Sequence.Blocks;
using Granary.Torch;
using Granary.Torch.Distributed;
using Granary.Torch.Kernels;

namespace Granary.Distributed.Sequence.Engine;

/// <summary>Runs a schedule's table on one rank.</summary>
/// <remarks>
/// A step: (1) post the receives, then the sends: sums go as they are at the step's beginning, in buffers without gaps;
/// (2) compute the blocks meanwhile, in as few calls as the law allows; (3) wait; (4) take in what came, in the order listed,
/// and free operands that nothing uses any more. Additions have one order, so the same call gives the same bits.
/// </remarks>
internal sealed class SequenceEngine
{
    private readonly ISequenceSchedule _schedule;
    private readonly RankProgram _program;
    private readonly ProcessGroup _group;
    private readonly IBlockAttention _blocks;
    private readonly WireTypes _wire;
    private readonly Dictionary<(SequenceLayout Layout, AttentionOrder Order, long Offset), IReadOnlyList<BlockGroup>[]> _groups = [];

    internal SequenceEngine(ISequenceSchedule schedule, ProcessGroup group, IBlockAttention blocks, WireTypes wire, IReadOnlyList<Parcel> kept)
    {
        _schedule = schedule;
        _program = new RankProgram(schedule, group.rank, kept);
        _group = group;
        _blocks = blocks;
        _wire = wire;
    }

    /// <summary>Adds what the schedule computes to the sums, from operands that hold the rank's own and what was kept.</summary>
    internal void Run(SequenceShape shape, AttentionMask mask, double scale, bool areRounded, OperandStore operands, SumStore sums)
    {
        var groups = GroupsFor(shape.Layout, mask);
        var call = new Call(shape, new BlockMasks(mask, shape.Batch), scale, areRounded, operands, sums);
        for (var step = 0; step < _program.Steps.Count; step++)
        {
            using var scope = torch.NewDisposeScope();

            // (1)
            var (arriving, work) = Post(step, call);

            // (2)
            foreach (var group in groups[step])
            {
                Compute(group, call);
            }

            // (3)
            work.wait();

            // (4)
            foreach (var (parcel, buffers) in arriving)
            {
                Take(parcel, buffers, call);
            }

            var done = step;
            operands.Drop(parcel => _program.IsUsedAfter(done, parcel));
        }
    }

    private IReadOnlyList<BlockGroup>[] GroupsFor(SequenceLayout layout, AttentionMask mask)
    {
        var key = (layout, mask.Order, mask.CausalOffset);
        if (!_groups.TryGetValue(key, out var groups))
        {
            groups = [.. _program.Steps.Select(step => BlockGroup.Of(step.Blocks, layout, mask.Order, mask.CausalOffset))];
            _groups.Add(key, groups);
        }

        return groups;
    }

    private (List<(Parcel Parcel, ParcelBuffers Buffers)> Arriving, Work Work) Post(int step, Call call)
    {
        var arriving = new List<(Parcel, ParcelBuffers)>();
        var operations = new List<PeerOperation>();
        foreach (var receive in _program.Steps[step].Receives.Where(receive => !ParcelBuffers.IsEmpty(receive.Parcel, call.Shape)))
        {
            var buffers = ParcelBuffers.Empty(receive.Parcel, call.Shape, _wire);
            arriving.Add((receive.Parcel, buffers));
            operations.AddRange(buffers.Messages.Select((message, index) => PeerOperation.Receive(message, receive.Peer, _program.TagOfReceive(step, receive, index))));
        }

        var sends = _program.Steps[step].Sends;
        for (var send = 0; send < sends.Count; send++)
        {
            var (parcel, peer) = sends[send];
            if (!ParcelBuffers.IsEmpty(parcel, call.Shape))
            {
                var number = send;
                operations.AddRange(Packed(parcel, call).Messages.Select((message, index) => PeerOperation.Send(message, peer, _program.TagOfSend(step, number, index))));
            }
        }

        return (arriving, _group.batch_isend_irecv(operations));
    }

    private ParcelBuffers Packed(Parcel parcel, Call call)
    {
        if (parcel.Payload.IsOperand() && call.Operands.BuffersOf(parcel) is { } held)
        {
            return held;
        }

        var buffers = ParcelBuffers.Empty(parcel, call.Shape, _wire);
        if (parcel.Payload.IsOperand())
        {
            buffers.Fill(call.Operands.Find(parcel));
        }
        else
        {
            call.Sums.Give(parcel, buffers);
        }

        return buffers;
    }

    private static void Take(Parcel parcel, ParcelBuffers buffers, Call call)
    {
        if (parcel.Payload.IsOperand())
        {
            call.Operands.Take(parcel, buffers);
        }
        else
        {
            call.Sums.Add(parcel, buffers);
        }
    }

    private void Compute(BlockGroup group, Call call)
    {
        using var scope = torch.NewDisposeScope();
        var shape = call.Shape;
        var mask = call.Masks.Between(BlockGroup.Positions(shape.Layout, group.Queries), BlockGroup.Positions(shape.Layout, group.Keys));
        var (first, end) = group.Heads.Of(shape.Heads);
        if (mask is null)
        {
            return;
        }

        foreach (var heads in HeadSpan.Of(first, end, shape.Heads / shape.KeyHeads))
        {
            var q = call.Operands.Find(Payload.Queries, group.Queries, heads.First, heads.First + heads.Count)[0];
            var kv = call.Operands.Find(Payload.KeyValues, group.Keys, heads.FirstKey, heads.FirstKey + heads.KeyCount);
            var operands = new BlockOperands(q.transpose(1, 2), kv[0].transpose(1, 2), kv[1].transpose(1, 2), mask, call.Scale, call.AreRounded);
            if (_schedule.IsBackward)
            {
                Differentiate(group, heads, operands, call);
            }
            else
            {
                var (out_BHTD, lse_BHT) = _blocks.Forward(operands);
                Scatter(Payload.Outputs, group.Queries, group.Heads, heads.First, [out_BHTD.transpose(1, 2), lse_BHT], call);
            }
        }
    }

    private void Differentiate(BlockGroup group, HeadSpan heads, BlockOperands operands, Call call)
    {
        var given = call.Operands.Find(Payload.OutputGradients, group.Queries, heads.First, heads.First + heads.Count);
        var (q_BHTD, k_BGSD, v_BGSD) = _blocks.Backward(operands, new BlockGradients(given[0].transpose(1, 2), given[1], given[2]));
        Scatter(Payload.QueryGradients, group.Queries, group.Heads, heads.First, [q_BHTD.transpose(1, 2)], call);
        Scatter(Payload.KeyValueGradients, group.Keys, group.Heads, heads.FirstKey, [k_BGSD.transpose(1, 2), v_BGSD.transpose(1, 2)], call);
    }

    // Each owner's rows to its sum.
    private static void Scatter(Payload payload, IReadOnlyList<RowSpan> rows, HeadPart heads, int firstHead, Tensor[] tensors, Call call)
    {
        var start = 0L;
        foreach (var span in rows)
        {
            var length = call.Shape.LengthOf(span);
            call.Sums.Add(payload, span, heads, firstHead, Array.ConvertAll(tensors, tensor => tensor.narrow(tensor.ndim == 4 ? 1 : 2, start, length)));
            start += length;
        }
    }

    private sealed record Call(SequenceShape Shape, BlockMasks Masks, double Scale, bool AreRounded, OperandStore Operands, SumStore Sums);
}
