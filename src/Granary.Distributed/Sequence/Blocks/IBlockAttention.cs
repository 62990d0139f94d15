using Granary.Torch;

namespace Granary.Distributed.Sequence.Blocks;

/// <summary>
/// Attention of some queries to some keys, as a part of an attention to more keys. Sums and statistics are float32, or
/// float64 for float64 data; lse is the natural logarithm of a row's sum of exponentials. A row that sees nothing has
/// out 0 and lse -inf, and takes and gives no gradient. Shape letters: B rows, T queries, S keys, H query heads, G key heads,
/// D head dims.
/// </summary>
public interface IBlockAttention
{
    /// <summary>out [B, H, T, D] and lse [B, H, T] of these keys alone.</summary>
    (Tensor Out_BHTD, Tensor Lse_BHT) Forward(BlockOperands operands);

    /// <summary>What these queries and keys add to the gradients of q, k and v.</summary>
    (Tensor Q_BHTD, Tensor K_BGSD, Tensor V_BGSD) Backward(BlockOperands operands, BlockGradients gradients);

    /// <summary>Makes out and lse those of the softmax over both their keys and a block's, in place.</summary>
    void Merge(Tensor out_BHTD, Tensor lse_BHT, Tensor blockOut_BHTD, Tensor blockLse_BHT);
}
