using Granary.Core.Randomness;
using Granary.Torch;

namespace Granary.Models.Layers;

/// <summary>
/// Initial values of parameters, each from a stream of its own, so that no order of creation matters; drawn in main memory, so
/// that they are the same on every device.
/// </summary>
internal static class ParameterDraw
{
    /// <summary>Without a key the memory's content is arbitrary: someone loads it.</summary>
    internal static Tensor Normal(long[] shape, double deviation, RandomKey? key)
    {
        var parameter = torch.empty(shape).requires_grad_();
        if (key is { } stream)
        {
            ParameterDraws.Add(parameter, () => Draw(parameter, deviation, stream.ToSeed()));
        }

        return parameter;
    }

    private static void Draw(Tensor parameter, double deviation, long seed)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        using var generator = new Generator(seed);
        if (parameter.device.Type == DeviceType.CPU)
        {
            parameter.normal_(0, deviation, generator);
            return;
        }

        parameter.copy_(torch.empty(parameter.shape, parameter.dtype, torch.CPU).normal_(0, deviation, generator));
    }
}
