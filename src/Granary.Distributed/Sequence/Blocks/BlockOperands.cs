using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Distributed.Sequence.Blocks;

/// <summary>What a block is computed from; tensors may have any strides.</summary>
/// <param name="Q_BHTD">Queries.</param>
/// <param name="K_BGSD">Keys.</param>
/// <param name="V_BGSD">Values.</param>
/// <param name="Mask">Which of these queries see which of these keys.</param>
/// <param name="Scale">What scores are multiplied by.</param>
/// <param name="AreRounded">Whether the factors of a block's products, which are float32, are rounded to bfloat16.</param>
public sealed record BlockOperands(Tensor Q_BHTD, Tensor K_BGSD, Tensor V_BGSD, AttentionMask Mask, double Scale, bool AreRounded = false);
