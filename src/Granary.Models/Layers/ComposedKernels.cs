using Granary.Models.Attention;
using Granary.Models.Decoder;
using Granary.Torch;
using Granary.Torch.Kernels;
using static Granary.Torch.torch;

namespace Granary.Models.Layers;

/// <summary>
/// The kernels as plain compositions of operators: the slow, obvious form, for every device and type. Attention holds
/// H * T * S scores, which is what the fused kernel avoids.
/// </summary>
public sealed class ComposedKernels : ILayerKernels
{
    /// <inheritdoc/>
    public Tensor Embed(Tensor table_VC, Tensor ids_N) => nn.functional.embedding(ids_N, table_VC);

    /// <inheritdoc/>
    public Tensor Linear(Tensor x_NI, Tensor weight_OI, Tensor? bias_O) => LinearProduct.Of(x_NI, weight_OI, bias_O);

    /// <inheritdoc/>
    public Tensor LayerNorm(Tensor x_NC, Tensor weight_C, Tensor bias_C, double epsilon) =>
        nn.functional.layer_norm(x_NC, weight_C, bias_C, epsilon);

    /// <inheritdoc/>
    public Tensor RmsNorm(Tensor x_NC, Tensor weight_C, double epsilon) => nn.functional.rms_norm(x_NC, weight_C, epsilon);

    /// <inheritdoc/>
    public Tensor Rotate(Tensor packed_BTP, AttentionShape shape, Tensor cos_TR, Tensor sin_TR)
    {
        var (batch, length) = (packed_BTP.size(0), packed_BTP.size(1));
        var half = shape.HeadDim / 2;
        var rotated = shape.Heads + shape.KeyHeads;
        var heads_BTHD = packed_BTP.narrow(2, 0, shape.QueryWidth + shape.KeyWidth).reshape(batch, length, rotated, shape.HeadDim);
        var cos_1T1R = cos_TR.unsqueeze(1).unsqueeze(0);
        var sin_1T1R = sin_TR.unsqueeze(1).unsqueeze(0);
        var first = heads_BTHD.narrow(3, 0, half);
        var second = heads_BTHD.narrow(3, half, half);
        var turned_BTHD = cat([(first * cos_1T1R) - (second * sin_1T1R), (second * cos_1T1R) + (first * sin_1T1R)], dim: 3);
        var values_BTE = packed_BTP.narrow(2, shape.QueryWidth + shape.KeyWidth, shape.KeyWidth);
        return cat([turned_BTHD.reshape(batch, length, rotated * shape.HeadDim).to(packed_BTP.dtype), values_BTE], dim: 2);
    }

    /// <inheritdoc/>
    public Tensor Attend(Tensor packed_BTP, AttentionShape shape, AttentionMask mask)
    {
        var (batch, length) = (packed_BTP.size(0), packed_BTP.size(1));
        var q_BTHD = packed_BTP.narrow(2, 0, shape.QueryWidth).reshape(batch, length, shape.Heads, shape.HeadDim);
        var k_BSGD = packed_BTP.narrow(2, shape.QueryWidth, shape.KeyWidth).reshape(batch, length, shape.KeyHeads, shape.HeadDim);
        var v_BSGD = packed_BTP.narrow(2, shape.QueryWidth + shape.KeyWidth, shape.KeyWidth).reshape(batch, length, shape.KeyHeads, shape.HeadDim);
        return AttendTo(q_BTHD, k_BSGD, v_BSGD, mask);
    }

    /// <inheritdoc/>
    public Tensor AttendAcross(Tensor q_BTHD, Tensor k_BSGD, Tensor v_BSGD, AttentionMask mask) => AttendTo(q_BTHD, k_BSGD, v_BSGD, mask);

    /// <inheritdoc/>
    public Tensor AttendTo(Tensor q_BTHD, Tensor k_BSGD, Tensor v_BSGD, AttentionMask mask)
    {
        return AttendDense(q_BTHD, k_BSGD, v_BSGD, mask.ToDense(q_BTHD.size(1), k_BSGD.size(1)));
    }

    /// <inheritdoc/>
    public Tensor AttendCached(Tensor q_BTHD, Tensor k_BSGD, Tensor v_BSGD, TokenTree? tree)
    {
        var cached = k_BSGD.size(1) - q_BTHD.size(1);
        return AttendDense(q_BTHD, k_BSGD, v_BSGD, tree?.ToDense(cached) ?? AttentionMask.Causal(cached).ToDense(q_BTHD.size(1), k_BSGD.size(1)));
    }

    /// <inheritdoc/>
    public Tensor Gelu(Tensor x_NF, bool isTanh) => nn.functional.gelu(x_NF, isTanh ? "tanh" : "none");

    /// <inheritdoc/>
    public Tensor SwiGlu(Tensor gateUp_N2F)
    {
        var halves = gateUp_N2F.chunk(2, dim: -1);
        return halves[0].silu() * halves[1];
    }

    /// <inheritdoc/>
    public Tensor CrossEntropySum(Tensor logits_NV, Tensor targets_N, Tensor? weights_N)
    {
        if (weights_N is null)
        {
            return nn.functional.cross_entropy(logits_NV, targets_N, Reduction.Sum);
        }

        return (nn.functional.cross_entropy(logits_NV, targets_N, Reduction.None) * weights_N).sum();
    }

    private static Tensor AttendDense(Tensor q_BTHD, Tensor k_BSGD, Tensor v_BSGD, Tensor seen)
    {
        var (batch, length, heads, dims) = (q_BTHD.size(0), q_BTHD.size(1), q_BTHD.size(2), q_BTHD.size(3));
        var group = heads / k_BSGD.size(2);
        var q_BHTD = q_BTHD.transpose(1, 2);
        var k_BHSD = Spread(k_BSGD.transpose(1, 2), group);
        var v_BHSD = Spread(v_BSGD.transpose(1, 2), group);
        var scores_BHTS = q_BHTD.matmul(k_BHSD.transpose(2, 3)).mul(1 / Math.Sqrt(dims)).masked_fill(seen.logical_not(), double.NegativeInfinity);

        // A row that is masked everywhere has no maximum; its softmax is NaN and stands for zero.
        var empty = seen.to(ScalarType.Int64).sum(-1, keepdim: true).eq(0);
        var weights_BHTS = scores_BHTS.masked_fill(empty, 0).softmax(-1).masked_fill(empty, 0);
        return weights_BHTS.matmul(v_BHSD).transpose(1, 2).reshape(batch, length, heads * dims);
    }

    private static Tensor Spread(Tensor heads_BGSD, long group)
    {
        return group == 1 ? heads_BGSD : heads_BGSD.repeat_interleave(group, dim: 1);
    }
}
