namespace Granary.Torch.Kernels;

/// <summary>A parameter with its gradient and AdamW's moments: float32, one shape, on one device, without gaps.</summary>
/// <param name="Value">Changed by a step.</param>
/// <param name="Gradient">Read by a step.</param>
/// <param name="ExpAvg">The first moment; changed by a step.</param>
/// <param name="ExpAvgSq">The second moment; changed by a step.</param>
/// <param name="WeightDecay">How much the value shrinks, per learning rate; 0 for not.</param>
public readonly record struct AdamWParameter(Tensor Value, Tensor Gradient, Tensor ExpAvg, Tensor ExpAvgSq, double WeightDecay);
