using Granary.Distributed.Sequence;
using Granary.Models.Attention;
using Granary.Models.Decoder;
using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Models.Layers;

/// <summary>
/// Other kernels, for a rank that holds some positions of each row: attention under the mask of a slice goes over the ranks of
/// the sequence axis, all else stays with the others, which see single positions or rows of their own.
/// </summary>
public sealed class SequenceKernels : ILayerKernels
{
    private readonly ILayerKernels _kernels;
    private readonly SequenceAxis _axis;

    /// <summary>Creates kernels over others.</summary>
    public SequenceKernels(ILayerKernels kernels, SequenceAxis axis)
    {
        _kernels = kernels;
        _axis = axis;
    }

    /// <inheritdoc/>
    public bool RoundsAttention => _kernels.RoundsAttention;

    /// <inheritdoc/>
    public Tensor Values(Tensor parameter) => _kernels.Values(parameter);

    /// <inheritdoc/>
    public Tensor Embed(Tensor table_VC, Tensor ids_N) => _kernels.Embed(table_VC, ids_N);

    /// <inheritdoc/>
    public Tensor Linear(Tensor x_NI, Tensor weight_OI, Tensor? bias_O) => _kernels.Linear(x_NI, weight_OI, bias_O);

    /// <inheritdoc/>
    public Tensor LayerNorm(Tensor x_NC, Tensor weight_C, Tensor bias_C, double epsilon) => _kernels.LayerNorm(x_NC, weight_C, bias_C, epsilon);

    /// <inheritdoc/>
    public Tensor RmsNorm(Tensor x_NC, Tensor weight_C, double epsilon) => _kernels.RmsNorm(x_NC, weight_C, epsilon);

    /// <inheritdoc/>
    public (Tensor Sum_NC, Tensor Normed_NC) AddLayerNorm(Tensor x_NC, Tensor delta_NC, Tensor weight_C, Tensor bias_C, double epsilon) =>
        _kernels.AddLayerNorm(x_NC, delta_NC, weight_C, bias_C, epsilon);

    /// <inheritdoc/>
    public (Tensor Sum_NC, Tensor Normed_NC) AddRmsNorm(Tensor x_NC, Tensor delta_NC, Tensor weight_C, double epsilon) =>
        _kernels.AddRmsNorm(x_NC, delta_NC, weight_C, epsilon);

    /// <inheritdoc/>
    public Tensor Rotate(Tensor packed_BTP, AttentionShape shape, Tensor cos_TR, Tensor sin_TR) => _kernels.Rotate(packed_BTP, shape, cos_TR, sin_TR);

    /// <inheritdoc/>
    public Tensor Attend(Tensor packed_BTP, AttentionShape shape, AttentionMask mask)
    {
        return mask.Slice is null
            ? _kernels.Attend(packed_BTP, shape, mask)
            : SequenceAttention.AttendPacked(_axis, packed_BTP, shape.Heads, shape.KeyHeads, mask, areRounded: _kernels.RoundsAttention);
    }

    /// <inheritdoc/>
    public Tensor AttendAcross(Tensor q_BTHD, Tensor k_BSGD, Tensor v_BSGD, AttentionMask mask)
    {
        return mask.Slice is null
            ? _kernels.AttendAcross(q_BTHD, k_BSGD, v_BSGD, mask)
            : SequenceAttention.Attend(_axis, q_BTHD, k_BSGD, v_BSGD, mask, areRounded: _kernels.RoundsAttention).view(q_BTHD.size(0), q_BTHD.size(1), q_BTHD.size(2) * q_BTHD.size(3));
    }

    /// <inheritdoc/>
    public Tensor AttendTo(Tensor q_BTHD, Tensor k_BSGD, Tensor v_BSGD, AttentionMask mask) => _kernels.AttendTo(q_BTHD, k_BSGD, v_BSGD, mask);

    /// <inheritdoc/>
    public Tensor AttendCached(Tensor q_BTHD, Tensor k_BSGD, Tensor v_BSGD, TokenTree? tree) => _kernels.AttendCached(q_BTHD, k_BSGD, v_BSGD, tree);

    /// <inheritdoc/>
    public Tensor Gelu(Tensor x_NF, bool isTanh) => _kernels.Gelu(x_NF, isTanh);

    /// <inheritdoc/>
    public Tensor SwiGlu(Tensor gateUp_N2F) => _kernels.SwiGlu(gateUp_N2F);

    /// <inheritdoc/>
    public Tensor CrossEntropySum(Tensor logits_NV, Tensor targets_N, Tensor? weights_N) => _kernels.CrossEntropySum(logits_NV, targets_N, weights_N);

    /// <inheritdoc/>
    public Tensor HeadLossSum(Tensor rows_NC, Tensor head_VC, Tensor targets_N, Tensor? weights_N) => _kernels.HeadLossSum(rows_NC, head_VC, targets_N, weights_N);

    /// <inheritdoc/>
    public PendingLoss BeginHeadLoss(Tensor rows_NC, Tensor head_VC, Tensor targets_N, Tensor? weights_N, Tensor scale) =>
        _kernels.BeginHeadLoss(rows_NC, head_VC, targets_N, weights_N, scale);
}
