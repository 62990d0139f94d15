namespace Granary.Torch.Kernels.Mixed;

/// <summary>What attention gives and its way back needs.</summary>
/// <param name="Out">[B, H, T, D].</param>
/// <param name="Lse">float32, as the route lays it out.</param>
/// <param name="Others">What the route needs besides.</param>
internal sealed record AttentionResult(Tensor Out, Tensor Lse, Tensor[] Others);
