using Granary.Core.Randomness;
using Granary.Torch;

namespace Granary.Models.Layers;

/// <summary>Initial values of parameters, each from a stream of its own, so that no order of creation matters.</summary>
internal static class ParameterDraw
{
    internal static Tensor Normal(long[] shape, double deviation, RandomKey key)
    {
        using var generator = new Generator(key.ToSeed());
        return torch.empty(shape).normal_(0, deviation, generator).requires_grad_();
    }
}
