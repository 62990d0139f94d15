using Granary.Torch;

namespace Granary.Distributed.Sequence.Blocks;

/// <summary>What a block's gradients are made from besides its operands, of the whole softmax.</summary>
/// <param name="Out_BHTD">The gradient of out.</param>
/// <param name="Lse_BHT">The lse over all keys.</param>
/// <param name="Delta_BHT">rowsum(gradient of out * out).</param>
public sealed record BlockGradients(Tensor Out_BHTD, Tensor Lse_BHT, Tensor Delta_BHT);
