using Granary.Distributed.Sequence.Blocks;
using Granary.Distributed.Sequence.Engine;
using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Distributed.Sequence;

/// <summary>
/// Attention of rows whose positions lie over the ranks of a sequence axis: each rank gives the queries, keys and values of
/// its own positions and gets out of them, as if it had attended to whole rows. Shape letters: B rows, L positions of this
/// rank, H query heads, G key heads, D head dims, P = (H + 2G) D.
/// </summary>
/// <remarks>
/// Saves what was given, out and lse of the rank's own rows, and what the backward schedule wants kept of others. Backward
/// begins with delta = rowsum(gradient * out), so that no out travels. Blocks recompute their probabilities from the whole
/// softmax's lse, so they add up in any routing; sums are float32 (float64 for float64).
/// </remarks>
public sealed class SequenceAttention : AutogradFunction
{
    private readonly SequenceAxis _axis;
    private readonly AttentionMask _mask;
    private readonly SchedulePair _pair;
    private readonly double? _scale;
    private readonly bool _areRounded;
    private readonly (int Heads, int KeyHeads)? _packed;

    private SequenceAttention(SequenceAxis axis, AttentionMask mask, double? scale, bool areRounded, (int Heads, int KeyHeads)? packed)
    {
        _axis = axis;
        _mask = mask;
        _pair = axis.PairFor(mask);
        _scale = scale;
        _areRounded = areRounded;
        _packed = packed;
    }

    /// <summary>Queries [B, L, H, D] and keys and values [B, L, G, D] to out [B, L, H, D]. The mask is the law of whole rows with this rank's slice. The scale is 1 / sqrt(D) where none is given; factors of products may be rounded as <see cref="FusedAttention"/> rounds them.</summary>
    public static Tensor Attend(SequenceAxis axis, Tensor q_BLHD, Tensor k_BLGD, Tensor v_BLGD, AttentionMask mask, double? scale = null, bool areRounded = false)
    {
        return new SequenceAttention(axis, mask, scale, areRounded, packed: null).apply(q_BLHD, k_BLGD, v_BLGD)[0];
    }

    /// <summary>The same for a projection [B, L, P], laid out queries, keys, values: [B, L, H D].</summary>
    public static Tensor AttendPacked(SequenceAxis axis, Tensor packed_BLP, int heads, int keyHeads, AttentionMask mask, double? scale = null, bool areRounded = false)
    {
        return new SequenceAttention(axis, mask, scale, areRounded, (heads, keyHeads)).apply(packed_BLP)[0];
    }

    /// <inheritdoc/>
    protected override Tensor[] forward(Tensor[] inputs)
    {
        var parts = Parts(inputs);
        var shape = ShapeOf(parts);
        var computed = AttentionRecall.Of(() => Computed(shape, parts), 2 + KeptOf(shape).Sum(parcel => shape.ShapesOf(parcel).Count));
        var out_BLHD = computed[0];
        save_for_backward([.. inputs, .. computed, .. _mask.Vectors]);
        return [_packed is null ? out_BLHD.detach() : out_BLHD.view(shape.Batch, out_BLHD.size(1), (long)shape.Heads * shape.HeadDim).detach()];
    }

    /// <inheritdoc/>
    protected override Tensor?[] backward(Tensor?[] gradients)
    {
        var saved = new Queue<Tensor>(saved_tensors);
        Tensor[] inputs = [.. Enumerable.Range(0, _packed is null ? 3 : 1).Select(_ => saved.Dequeue())];
        var (parts, out_BLHD, lse_BHL) = (Parts(inputs), saved.Dequeue(), saved.Dequeue());
        var shape = ShapeOf(parts);
        using var operands = OwnOperands(shape, parts);
        foreach (var parcel in KeptOf(shape))
        {
            operands.Lend(parcel, [.. shape.ShapesOf(parcel).Select(_ => saved.Dequeue())]);
        }

        var given_BLHD = gradients[0]!.view(out_BLHD.shape);
        var type = SumTypes.Of(shape.Data);
        var delta_BHL = (given_BLHD.to(type) * out_BLHD.to(type)).sum(-1).transpose(1, 2).contiguous();
        operands.Lend(Parcel.Of(Payload.OutputGradients, shape.Rank), given_BLHD, lse_BHL, delta_BHL);
        using var sums = new SumStore(shape, _axis.Blocks);
        _axis.EnginesFor(_pair).Backward.Run(shape, _mask.WithVectors(saved), ScaleOf(shape), _areRounded, operands, sums);
        return InputGradients(inputs, [.. sums.Own(Payload.QueryGradients), .. sums.Own(Payload.KeyValueGradients)]);
    }

    // out, lse, and what the backward schedule wants kept of others.
    private Tensor[] Computed(SequenceShape shape, Tensor[] parts)
    {
        if (_axis.ComparesCalls)
        {
            CallComparison.Require(_axis.Group, shape, _mask, _pair);
        }

        using var operands = OwnOperands(shape, parts);
        using var sums = new SumStore(shape, _axis.Blocks);
        _axis.EnginesFor(_pair).Forward.Run(shape, _mask, ScaleOf(shape), _areRounded, operands, sums);
        var own = sums.Own(Payload.Outputs);

        // Aliases, because the stores free what they own.
        return [own[0].to(shape.Data).contiguous().alias(), own[1].contiguous().alias(), .. KeptOf(shape).SelectMany(operands.Find).Select(tensor => tensor.alias())];
    }

    private Tensor[] Parts(Tensor[] inputs)
    {
        if (_packed is not var (heads, keyHeads))
        {
            return inputs;
        }

        var packed_BLP = inputs[0];
        if (packed_BLP.ndim != 3 || packed_BLP.size(2) % (heads + (2 * keyHeads)) != 0)
        {
            throw new ArgumentException($"'packed_BLP' is {packed_BLP}, but must be [B, L, (H + 2G) D] with H = {heads} and G = {keyHeads}.", nameof(inputs));
        }

        var (rows, length, dims) = (packed_BLP.size(0), packed_BLP.size(1), packed_BLP.size(2) / (heads + (2 * keyHeads)));
        var heads_BLHD = packed_BLP.view(rows, length, heads + (2 * keyHeads), dims);
        return [heads_BLHD.narrow(2, 0, heads), heads_BLHD.narrow(2, heads, keyHeads), heads_BLHD.narrow(2, heads + keyHeads, keyHeads)];
    }

    private SequenceShape ShapeOf(Tensor[] parts)
    {
        var (q, k, v) = (parts[0], parts[1], parts[2]);
        var layout = _axis.LayoutOf(_mask);
        var rank = _axis.Group.rank;
        if (q.ndim != 4 || k.ndim != 4 || !k.shape.AsSpan().SequenceEqual(v.shape) || k.size(0) != q.size(0) || k.size(3) != q.size(3)
            || k.size(2) == 0 || q.size(2) % k.size(2) != 0 || k.dtype != q.dtype || v.dtype != q.dtype
            || q.size(1) != layout.LengthOf(rank, RowPart.Whole) || k.size(1) != q.size(1))
        {
            throw new ArgumentException($"q is {q}, k {k} and v {v}, but must be [B, L, H, D], [B, L, G, D] and [B, L, G, D] of one type with H a multiple of G and L the {layout.LengthOf(rank, RowPart.Whole)} positions of rank {rank}.");
        }

        return new SequenceShape(layout, rank, q.size(0), (int)q.size(2), (int)k.size(2), (int)q.size(3), q.dtype);
    }

    private double ScaleOf(SequenceShape shape) => _scale ?? (1 / Math.Sqrt(shape.HeadDim));

    private IEnumerable<Parcel> KeptOf(SequenceShape shape)
    {
        return _pair.Backward.Kept(shape.Rank).Where(parcel => parcel.Owner != shape.Rank && !ParcelBuffers.IsEmpty(parcel, shape));
    }

    private Tensor?[] InputGradients(Tensor[] inputs, Tensor[] sums)
    {
        if (_packed is null)
        {
            return Array.ConvertAll(sums, sum => sum.to(inputs[0].dtype).alias());
        }

        var gradient = torch.empty_like(inputs[0].contiguous());
        foreach (var (part, sum) in Parts([gradient]).Zip(sums))
        {
            part.copy_(sum);
        }

        return [gradient];
    }

    private static OperandStore OwnOperands(SequenceShape shape, Tensor[] parts)
    {
        var operands = new OperandStore(shape);
        operands.Lend(Parcel.Of(Payload.Queries, shape.Rank), parts[0]);
        operands.Lend(Parcel.Of(Payload.KeyValues, shape.Rank), parts[1], parts[2]);
        return operands;
    }
}
