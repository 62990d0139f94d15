using Granary.Torch.Operators;

namespace Granary.Torch.Kernels.Mixed;

/// <summary>The flash kernel through libtorch's operator, which shares keys between query heads. Saves the state of its dropout, which is none.</summary>
internal sealed class FlashAttentionRoute(bool isCausal) : AttentionRoute
{
    private static readonly Operator? ForwardOperator = Operator.TryFind("aten::_scaled_dot_product_flash_attention");
    private static readonly Operator? BackwardOperator = Operator.TryFind("aten::_scaled_dot_product_flash_attention_backward");

    internal static bool Exists => ForwardOperator is not null && BackwardOperator is not null;

    internal override AttentionResult Forward(Tensor q_BHTD, Tensor k_BGSD, Tensor v_BGSD)
    {
        const bool returnsMask = false;
        var found = ForwardOperator!.CallList(q_BHTD, k_BGSD, v_BGSD, 0.0, isCausal, returnsMask);
        return new AttentionResult(found[0]!, found[1]!, [found[6]!, found[7]!]);
    }

    internal override (Tensor Q, Tensor K, Tensor V) Backward(Tensor gradient_BHTD, Tensor q_BHTD, Tensor k_BGSD, Tensor v_BGSD, AttentionResult result)
    {
        return BackwardOperator!.CallTriple(
            gradient_BHTD,
            q_BHTD,
            k_BGSD,
            v_BGSD,
            result.Out,
            result.Lse,
            null as Tensor,
            null as Tensor,
            q_BHTD.size(2),
            k_BGSD.size(2),
            0.0,
            isCausal,
            result.Others[0],
            result.Others[1]);
    }
}
