using Granary.Models.Attention;
using Granary.Models.Decoder;
using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Models.Layers;

/// <summary>
/// What a decoder computes between its matrix products. Shape letters: N = B * T rows, C model width, V vocabulary,
/// F inner width, H query heads, G key heads, D head dims, S keys.
/// </summary>
public interface ILayerKernels
{
    /// <summary>A parameter in the type that is computed in, with its history.</summary>
    Tensor Values(Tensor parameter) => parameter;

    /// <summary>Whether the factors of attention's float32 products are rounded to bfloat16 now: for kernels that attend over several ranks.</summary>
    bool RoundsAttention => false;

    /// <summary>Rows of a table by id: [V, C] and [N] to [N, C].</summary>
    Tensor Embed(Tensor table_VC, Tensor ids_N);

    /// <summary>x W^T + b: [N, I] and [O, I] to [N, O].</summary>
    Tensor Linear(Tensor x_NI, Tensor weight_OI, Tensor? bias_O);

    /// <summary>Layer normalisation of each row.</summary>
    Tensor LayerNorm(Tensor x_NC, Tensor weight_C, Tensor bias_C, double epsilon);

    /// <summary>Root-mean-square normalisation of each row.</summary>
    Tensor RmsNorm(Tensor x_NC, Tensor weight_C, double epsilon);

    /// <summary>Two rows' sum, and it normalised as by <see cref="LayerNorm"/>.</summary>
    (Tensor Sum_NC, Tensor Normed_NC) AddLayerNorm(Tensor x_NC, Tensor delta_NC, Tensor weight_C, Tensor bias_C, double epsilon)
    {
        var sum_NC = x_NC + delta_NC;
        return (sum_NC, LayerNorm(sum_NC, weight_C, bias_C, epsilon));
    }

    /// <summary>Two rows' sum, and it normalised as by <see cref="RmsNorm"/>.</summary>
    (Tensor Sum_NC, Tensor Normed_NC) AddRmsNorm(Tensor x_NC, Tensor delta_NC, Tensor weight_C, double epsilon)
    {
        var sum_NC = x_NC + delta_NC;
        return (sum_NC, RmsNorm(sum_NC, weight_C, epsilon));
    }

    /// <summary>Rotates the queries and keys of a packed projection [B, T, (H+2G)D], half against half, by tables [T, D/2].</summary>
    Tensor Rotate(Tensor packed_BTP, AttentionShape shape, Tensor cos_TR, Tensor sin_TR);

    /// <summary>Attention of a packed projection onto itself: [B, T, (H+2G)D] to [B, T, HD].</summary>
    Tensor Attend(Tensor packed_BTP, AttentionShape shape, AttentionMask mask);

    /// <summary><see cref="Rotate"/>, then <see cref="Attend"/>.</summary>
    Tensor AttendRotated(Tensor packed_BTP, AttentionShape shape, Tensor cos_TR, Tensor sin_TR, AttentionMask mask) =>
        Attend(Rotate(packed_BTP, shape, cos_TR, sin_TR), shape, mask);

    /// <summary>Attention of queries [B, T, H, D] to keys and values [B, S, G, D] of another sequence: [B, T, HD]; 0 for a query that sees nothing.</summary>
    Tensor AttendAcross(Tensor q_BTHD, Tensor k_BSGD, Tensor v_BSGD, AttentionMask mask);

    /// <summary>Attention of queries [B, T, H, D] to keys and values [B, S, G, D]: [B, T, HD]. Without gradients.</summary>
    Tensor AttendTo(Tensor q_BTHD, Tensor k_BSGD, Tensor v_BSGD, AttentionMask mask);

    /// <summary>
    /// Attention of the last T of S tokens, which follow each other or form a tree: [B, T, H, D] to keys and values
    /// [B, S, G, D], giving [B, T, HD]. Without gradients.
    /// </summary>
    Tensor AttendCached(Tensor q_BTHD, Tensor k_BSGD, Tensor v_BSGD, TokenTree? tree);

    /// <summary>GELU, by its tanh approximation or exactly.</summary>
    Tensor Gelu(Tensor x_NF, bool isTanh);

    /// <summary>silu(gate) * up, from [N, gate F | up F] to [N, F].</summary>
    Tensor SwiGlu(Tensor gateUp_N2F);

    /// <summary>
    /// The summed loss in nats, sum over rows of weight * -log softmax(logits)[target]; rows whose target is -100 do not
    /// count. The logits may be overwritten by their gradient: they are not to be used afterwards.
    /// </summary>
    Tensor CrossEntropySum(Tensor logits_NV, Tensor targets_N, Tensor? weights_N);

    /// <summary>The same of the logits that rows [N, C] and an unembedding [V, C] give.</summary>
    Tensor HeadLossSum(Tensor rows_NC, Tensor head_VC, Tensor targets_N, Tensor? weights_N) =>
        CrossEntropySum(Linear(rows_NC, head_VC, bias_O: null), targets_N, weights_N);

    /// <summary>
    /// The same times a scale, a number in a tensor, for a caller that takes it back at once: the head's gradient may be added
    /// to it here already.
    /// </summary>
    PendingLoss BeginHeadLoss(Tensor rows_NC, Tensor head_VC, Tensor targets_N, Tensor? weights_N, Tensor scale)
    {
        var sum = HeadLossSum(rows_NC, head_VC, targets_N, weights_N);
        return PendingLoss.Of(sum * scale.to(sum.dtype));
    }
}
