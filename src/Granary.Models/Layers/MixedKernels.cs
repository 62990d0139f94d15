using Granary.Models.Attention;
using Granary.Models.Decoder;
using Granary.Torch;
using Granary.Torch.Kernels;
using Granary.Torch.Kernels.Mixed;

namespace Granary.Models.Layers;

/// <summary>
/// The GPU's kernels, float32 or bfloat16: parameters and their gradients stay float32, what is between the layers is of the
/// type asked for, and norms, softmax, loss and all sums are computed in float32. Where a build has no kernels for GPUs, and on
/// the CPU, compositions of operators serve.
/// </summary>
public sealed class MixedKernels : ILayerKernels
{
    private static readonly ComposedKernels Composed = new();

    private readonly ScalarType _type;

    /// <summary>Creates kernels that compute in a type.</summary>
    /// <exception cref="ArgumentException">The type is neither float32 nor bfloat16.</exception>
    public MixedKernels(ScalarType type)
    {
        _type = type is ScalarType.Float32 or ScalarType.BFloat16
            ? type
            : throw new ArgumentException($"The layers were asked to compute in '{type}', but they do in float32 or bfloat16.", nameof(type));
    }

    /// <inheritdoc/>
    public Tensor Values(Tensor parameter) => MixedValues.Read(parameter, _type);

    /// <inheritdoc/>
    public Tensor Embed(Tensor table_VC, Tensor ids_N) => MixedEmbedding.Lookup(table_VC, ids_N, _type);

    /// <inheritdoc/>
    public Tensor Linear(Tensor x_NI, Tensor weight_OI, Tensor? bias_O) => MixedLinear.Apply(x_NI, weight_OI, bias_O);

    /// <inheritdoc/>
    public Tensor LayerNorm(Tensor x_NC, Tensor weight_C, Tensor bias_C, double epsilon) => MixedNorm.Normalize(x_NC, weight_C, bias_C, epsilon);

    /// <inheritdoc/>
    public Tensor RmsNorm(Tensor x_NC, Tensor weight_C, double epsilon) => MixedNorm.Normalize(x_NC, weight_C, bias_C: null, epsilon);

    /// <inheritdoc/>
    public (Tensor Sum_NC, Tensor Normed_NC) AddLayerNorm(Tensor x_NC, Tensor delta_NC, Tensor weight_C, Tensor bias_C, double epsilon) =>
        MixedNorm.AddNormalize(x_NC, delta_NC, weight_C, bias_C, epsilon);

    /// <inheritdoc/>
    public (Tensor Sum_NC, Tensor Normed_NC) AddRmsNorm(Tensor x_NC, Tensor delta_NC, Tensor weight_C, double epsilon) =>
        MixedNorm.AddNormalize(x_NC, delta_NC, weight_C, bias_C: null, epsilon);

    /// <inheritdoc/>
    public Tensor Rotate(Tensor packed_BTP, AttentionShape shape, Tensor cos_TR, Tensor sin_TR)
    {
        return MixedAttention.Serves(packed_BTP, shape.HeadDim)
            ? MixedAttention.RotatePacked(packed_BTP, shape.Heads + shape.KeyHeads, shape.HeadDim, cos_TR, sin_TR)
            : Composed.Rotate(packed_BTP, shape, cos_TR, sin_TR);
    }

    /// <inheritdoc/>
    public Tensor Attend(Tensor packed_BTP, AttentionShape shape, AttentionMask mask)
    {
        return MixedAttention.Serves(packed_BTP, shape.HeadDim)
            ? MixedAttention.AttendPacked(packed_BTP, shape.Heads, shape.KeyHeads, cos_TR: null, sin_TR: null, mask)
            : Composed.Attend(packed_BTP, shape, mask);
    }

    /// <inheritdoc/>
    public Tensor AttendRotated(Tensor packed_BTP, AttentionShape shape, Tensor cos_TR, Tensor sin_TR, AttentionMask mask)
    {
        return MixedAttention.Serves(packed_BTP, shape.HeadDim)
            ? MixedAttention.AttendPacked(packed_BTP, shape.Heads, shape.KeyHeads, cos_TR, sin_TR, mask)
            : Attend(Rotate(packed_BTP, shape, cos_TR, sin_TR), shape, mask);
    }

    /// <inheritdoc/>
    public Tensor AttendAcross(Tensor q_BTHD, Tensor k_BSGD, Tensor v_BSGD, AttentionMask mask)
    {
        if (!MixedAttention.Serves(q_BTHD, (int)q_BTHD.size(3)))
        {
            return Composed.AttendAcross(q_BTHD, k_BSGD, v_BSGD, mask);
        }

        var out_BHTD = MixedAttention.Attend(q_BTHD.transpose(1, 2), k_BSGD.transpose(1, 2), v_BSGD.transpose(1, 2), mask);
        return out_BHTD.transpose(1, 2).reshape(q_BTHD.size(0), q_BTHD.size(1), q_BTHD.size(2) * q_BTHD.size(3));
    }

    /// <inheritdoc/>
    public Tensor AttendTo(Tensor q_BTHD, Tensor k_BSGD, Tensor v_BSGD, AttentionMask mask)
    {
        if (!MixedAttention.Serves(q_BTHD, (int)q_BTHD.size(3)))
        {
            return Composed.AttendTo(q_BTHD, k_BSGD, v_BSGD, mask);
        }

        var (out_BHTD, _) = MixedAttention.Forward(q_BTHD.transpose(1, 2), k_BSGD.transpose(1, 2), v_BSGD.transpose(1, 2), mask);
        return out_BHTD.transpose(1, 2).reshape(q_BTHD.size(0), q_BTHD.size(1), q_BTHD.size(2) * q_BTHD.size(3));
    }

    /// <inheritdoc/>
    public Tensor AttendCached(Tensor q_BTHD, Tensor k_BSGD, Tensor v_BSGD, TokenTree? tree)
    {
        // A cache is float32; what is asked of it is of the layers' type.
        var (k, v) = (k_BSGD.to(q_BTHD.dtype), v_BSGD.to(q_BTHD.dtype));
        return tree is null
            ? AttendTo(q_BTHD, k, v, AttentionMask.Causal(k.size(1) - q_BTHD.size(1)))
            : Composed.AttendCached(q_BTHD, k, v, tree);
    }

    /// <inheritdoc/>
    public Tensor Gelu(Tensor x_NF, bool isTanh) => MixedActivations.Gelu(x_NF, isTanh);

    /// <inheritdoc/>
    public Tensor SwiGlu(Tensor gateUp_N2F) => MixedActivations.SwiGlu(gateUp_N2F);

    /// <inheritdoc/>
    public Tensor CrossEntropySum(Tensor logits_NV, Tensor targets_N, Tensor? weights_N) =>
        Composed.CrossEntropySum(logits_NV.to(ScalarType.Float32), targets_N, weights_N);

    /// <inheritdoc/>
    public Tensor HeadLossSum(Tensor rows_NC, Tensor head_VC, Tensor targets_N, Tensor? weights_N) =>
        MixedHeadLoss.Sum(rows_NC, head_VC, targets_N, weights_N);
}
