using Granary.Torch;

namespace Granary.Training.Optimizers;

/// <summary>A parameter, the running means of its gradient and of the gradient's square, and its weight decay.</summary>
internal sealed record AdamWSlot(string Name, Tensor Parameter, Tensor Mean, Tensor Square, double Decay);
