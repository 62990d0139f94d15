using Granary.Core.Randomness;
using Granary.Torch;

namespace Granary.Models.Layers;

/// <summary>Initial values of parameters, each from a stream of its own, so that no order of creation matters.</summary>
internal static class ParameterDraw
{
    /// <summary>Without a key the memory's content is arbitrary: someone loads it.</summary>
    internal static Tensor Normal(long[] shape, double deviation, RandomKey? key)
    {
        if (key is not { } stream)
        {
            return torch.empty(shape).requires_grad_();
        }

        using var generator = new Generator(stream.ToSeed());
        return torch.empty(shape).normal_(0, deviation, generator).requires_grad_();
    }
}
