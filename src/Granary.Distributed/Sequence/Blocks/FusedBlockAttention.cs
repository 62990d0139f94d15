using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Distributed.Sequence.Blocks;

/// <summary>Blocks by the CPU's fused kernels: float32, without a T x S matrix in memory.</summary>
public sealed class FusedBlockAttention : IBlockAttention
{
    /// <inheritdoc/>
    public (Tensor Out_BHTD, Tensor Lse_BHT) Forward(BlockOperands operands)
    {
        return FusedAttention.Forward(operands.Q_BHTD, operands.K_BGSD, operands.V_BGSD, operands.Mask, operands.Scale, operands.AreRounded);
    }

    /// <inheritdoc/>
    public (Tensor Q_BHTD, Tensor K_BGSD, Tensor V_BGSD) Backward(BlockOperands operands, BlockGradients gradients)
    {
        return FusedAttention.BackwardFromDelta(
            operands.Q_BHTD,
            operands.K_BGSD,
            operands.V_BGSD,
            gradients.Lse_BHT.contiguous(),
            gradients.Delta_BHT.contiguous(),
            gradients.Out_BHTD,
            operands.Mask,
            operands.Scale,
            operands.AreRounded);
    }

    /// <inheritdoc/>
    public void Merge(Tensor out_BHTD, Tensor lse_BHT, Tensor blockOut_BHTD, Tensor blockLse_BHT)
    {
        // A part of the rows or heads has gaps in its lse, which is small beside out.
        var whole_BHT = lse_BHT.contiguous();
        FusedAttention.Merge(out_BHTD, whole_BHT, blockOut_BHTD, blockLse_BHT.contiguous());
        if (!lse_BHT.is_contiguous())
        {
            lse_BHT.copy_(whole_BHT);
        }
    }
}
