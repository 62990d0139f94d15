namespace Granary.Torch.Kernels.Mixed;

/// <summary>
/// One way to compute attention. libtorch's operators know causal and full order of rows of one length without segments, in
/// bfloat16: cuDNN's where there are as many key heads as query heads, else the flash kernel, which shares keys. All else takes
/// our own kernel. cuDNN's way back adds up in an order that changes from run to run, so it is not taken where the same bits are
/// asked for. Which operators there are is asked of the dispatcher, once.
/// </summary>
internal abstract class AttentionRoute
{
    /// <summary>The way for these queries, keys and mask.</summary>
    internal static AttentionRoute Of(Tensor q_BHTD, Tensor k_BGSD, AttentionMask mask)
    {
        mask.RequireWhole();
        var dims = q_BHTD.size(3);
        var isPlain = mask.SegmentK is null && mask.Order != AttentionOrder.Ranked
            && (mask.Order == AttentionOrder.Full || (mask.CausalOffset == 0 && q_BHTD.size(2) == k_BGSD.size(2)));
        if (!isPlain || q_BHTD.dtype != ScalarType.BFloat16 || dims % 8 != 0)
        {
            return new KernelAttentionRoute(mask);
        }

        var isCausal = mask.Order == AttentionOrder.Causal;
        if (CudnnAttentionRoute.Exists && !torch.are_deterministic_algorithms_enabled() && dims <= 128 && q_BHTD.size(1) == k_BGSD.size(1))
        {
            return new CudnnAttentionRoute(isCausal);
        }

        return FlashAttentionRoute.Exists ? new FlashAttentionRoute(isCausal) : new KernelAttentionRoute(mask);
    }

    /// <summary>[B, H, T, D], [B, G, S, D] twice, each with its last dim without gaps.</summary>
    internal abstract AttentionResult Forward(Tensor q_BHTD, Tensor k_BGSD, Tensor v_BGSD);

    /// <summary>The gradients of all three, whose last dims are without gaps or not.</summary>
    internal abstract (Tensor Q, Tensor K, Tensor V) Backward(Tensor gradient_BHTD, Tensor q_BHTD, Tensor k_BGSD, Tensor v_BGSD, AttentionResult result);
}
