namespace Granary.Torch.Kernels;

/// <summary>What cross-entropy adds up over the rows that count.</summary>
/// <param name="LossSum">float64, no dims: the sum of weight * loss in nats; differentiable.</param>
/// <param name="WeightSum">The sum of the weights; without weights the number of rows.</param>
public readonly record struct CrossEntropySums(Tensor LossSum, double WeightSum);
