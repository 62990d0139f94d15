using Granary.Models.Attention;
using Granary.Models.Decoder;
using Granary.Torch;
using Granary.Torch.Kernels;
using static Granary.Torch.torch;

namespace Granary.Models.Layers;

/// <summary>
/// The CPU's fused kernels, fp32; in training the factors of the products of linear layers, of attention and of the head may be rounded to
/// bfloat16, while all else stays as it is. Attention holds no T x S scores, the loss never more than a portion of the logits,
/// which their gradient overwrites, and head and embedding add to their gradient where it lies, so that a tied head costs no second table. Without gradients
/// and for a few rows, products and attention to a cache give each row the same bits whatever the other rows are.
/// </summary>
public sealed class FusedKernels : ILayerKernels
{
    private readonly bool _areRounded;

    /// <summary>Creates kernels that compute in float32.</summary>
    public FusedKernels()
    {
    }

    /// <summary>Creates kernels whose products in training take factors of a type.</summary>
    /// <exception cref="ArgumentException">The type is neither float32 nor bfloat16.</exception>
    public FusedKernels(ScalarType products)
    {
        _areRounded = products is ScalarType.Float32 or ScalarType.BFloat16
            ? products == ScalarType.BFloat16
            : throw new ArgumentException($"The products were asked to take factors in '{products}', but they do in float32 or bfloat16.", nameof(products));
    }

    /// <inheritdoc/>
    public bool RoundsAttention => RoundsNow;

    // What is measured or sampled is what is saved: the parameters in float32.
    private bool RoundsNow => _areRounded && IsTraining;

    private static bool IsTraining => is_grad_enabled() || Recomputation.IsUnderway;

    /// <inheritdoc/>
    public Tensor Embed(Tensor table_VC, Tensor ids_N) => FusedEmbedding.Lookup(table_VC, ids_N);

    /// <inheritdoc/>
    public Tensor Linear(Tensor x_NI, Tensor weight_OI, Tensor? bias_O)
    {
        if (RoundsNow)
        {
            return FusedLinear.Apply(x_NI, weight_OI, bias_O, areRounded: true);
        }

        if (x_NI.size(0) <= DecodeKernels.MostRows && !IsTraining)
        {
            return DecodeKernels.Linear(x_NI, weight_OI, bias_O);
        }

        return x_NI.size(0) > 1 && FusedLinear.Takes(x_NI, weight_OI, bias_O)
            ? FusedLinear.Apply(x_NI, weight_OI, bias_O)
            : LinearProduct.Of(x_NI, weight_OI, bias_O);
    }

    /// <inheritdoc/>
    public Tensor LayerNorm(Tensor x_NC, Tensor weight_C, Tensor bias_C, double epsilon) =>
        FusedLayerNorm.Normalize(x_NC, weight_C, bias_C, epsilon);

    /// <inheritdoc/>
    public Tensor RmsNorm(Tensor x_NC, Tensor weight_C, double epsilon) => FusedRmsNorm.Normalize(x_NC, weight_C, epsilon);

    /// <inheritdoc/>
    public (Tensor Sum_NC, Tensor Normed_NC) AddLayerNorm(Tensor x_NC, Tensor delta_NC, Tensor weight_C, Tensor bias_C, double epsilon)
    {
        var (normed_NC, sum_NC) = FusedLayerNorm.AddNormalize(x_NC, delta_NC, weight_C, bias_C, epsilon);
        return (sum_NC, normed_NC);
    }

    /// <inheritdoc/>
    public (Tensor Sum_NC, Tensor Normed_NC) AddRmsNorm(Tensor x_NC, Tensor delta_NC, Tensor weight_C, double epsilon)
    {
        var (normed_NC, sum_NC) = FusedRmsNorm.AddNormalize(x_NC, delta_NC, weight_C, epsilon);
        return (sum_NC, normed_NC);
    }

    /// <inheritdoc/>
    public Tensor Rotate(Tensor packed_BTP, AttentionShape shape, Tensor cos_TR, Tensor sin_TR) =>
        FusedRotary.RotatePackedInPlace(packed_BTP, shape.Heads, shape.KeyHeads, cos_TR, sin_TR);

    /// <inheritdoc/>
    public Tensor Attend(Tensor packed_BTP, AttentionShape shape, AttentionMask mask) =>
        FusedAttention.AttendPacked(packed_BTP, shape.Heads, shape.KeyHeads, mask, areRounded: RoundsNow);

    /// <inheritdoc/>
    public Tensor AttendRotated(Tensor packed_BTP, AttentionShape shape, Tensor cos_TR, Tensor sin_TR, AttentionMask mask) =>
        FusedAttention.AttendPackedRotated(packed_BTP, shape.Heads, shape.KeyHeads, cos_TR, sin_TR, mask, areRounded: RoundsNow);

    /// <inheritdoc/>
    public Tensor AttendAcross(Tensor q_BTHD, Tensor k_BSGD, Tensor v_BSGD, AttentionMask mask)
    {
        var out_BHTD = FusedAttention.Attend(q_BTHD.transpose(1, 2), k_BSGD.transpose(1, 2), v_BSGD.transpose(1, 2), mask, areRounded: RoundsNow).Out;
        return out_BHTD.transpose(1, 2).reshape(q_BTHD.size(0), q_BTHD.size(1), -1);
    }

    /// <inheritdoc/>
    public Tensor AttendTo(Tensor q_BTHD, Tensor k_BSGD, Tensor v_BSGD, AttentionMask mask)
    {
        var (batch, length, heads, dims) = (q_BTHD.size(0), q_BTHD.size(1), q_BTHD.size(2), q_BTHD.size(3));
        var out_BTHD = empty([batch, length, heads, dims]);
        FusedAttention.ForwardInto(
            q_BTHD.transpose(1, 2), k_BSGD.transpose(1, 2), v_BSGD.transpose(1, 2), mask, scale: null, out_BTHD.transpose(1, 2), empty([batch, heads, length]));
        return out_BTHD.view(batch, length, heads * dims);
    }

    /// <inheritdoc/>
    public Tensor AttendCached(Tensor q_BTHD, Tensor k_BSGD, Tensor v_BSGD, TokenTree? tree)
    {
        var (batch, length, heads, dims) = (q_BTHD.size(0), q_BTHD.size(1), q_BTHD.size(2), q_BTHD.size(3));
        if (tree is null && length > DecodeKernels.MostRows)
        {
            return AttendTo(q_BTHD, k_BSGD, v_BSGD, AttentionMask.Causal(k_BSGD.size(1) - length));
        }

        var out_BTHD = empty([batch, length, heads, dims]);
        DecodeKernels.AttendInto(q_BTHD.transpose(1, 2), k_BSGD.transpose(1, 2), v_BSGD.transpose(1, 2), tree is null ? [] : tree.Parents, out_BTHD.transpose(1, 2));
        return out_BTHD.view(batch, length, heads * dims);
    }

    /// <inheritdoc/>
    public Tensor Gelu(Tensor x_NF, bool isTanh) => FusedGelu.Apply(x_NF, isTanh);

    /// <inheritdoc/>
    public Tensor SwiGlu(Tensor gateUp_N2F) => FusedSwiGlu.Apply(gateUp_N2F);

    /// <inheritdoc/>
    public Tensor CrossEntropySum(Tensor logits_NV, Tensor targets_N, Tensor? weights_N) =>
        FusedCrossEntropy.Sum(logits_NV, targets_N, weights_N).LossSum;

    /// <inheritdoc/>
    public Tensor HeadLossSum(Tensor rows_NC, Tensor head_VC, Tensor targets_N, Tensor? weights_N) =>
        FusedHeadLoss.Sum(rows_NC, head_VC, targets_N, weights_N, RoundsNow);

    /// <inheritdoc/>
    public PendingLoss BeginHeadLoss(Tensor rows_NC, Tensor head_VC, Tensor targets_N, Tensor? weights_N, Tensor scale) =>
        FusedHeadLoss.Begin(rows_NC, head_VC, targets_N, weights_N, scale.item(), RoundsNow);
}
