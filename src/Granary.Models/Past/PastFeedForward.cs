using Granary.Core.Randomness;
using Granary.Models.Layers;
using Granary.Torch;
using Granary.Torch.Modules;

namespace Granary.Models.Past;

/// <summary>The second half of a block of either stack: x + down(gelu(up(norm(x)))).</summary>
internal sealed class PastFeedForward : Module
{
    [ComponentName(Name = "norm")]
    private readonly Norm _norm;

    [ComponentName(Name = "up")]
    private readonly Projection _up;

    [ComponentName(Name = "down")]
    private readonly Projection _down;

    private readonly ILayerKernels _kernels;

    public PastFeedForward(PastSpec spec, RandomKey? key, ILayerKernels kernels)
    {
        _kernels = kernels;
        _norm = new Norm(spec.HiddenSize, isLayerNorm: true, spec.NormEpsilon, kernels);
        _up = new Projection(spec.HiddenSize, spec.IntermediateSize, hasBias: true, spec.InitializerRange, key?.Use("up"), kernels);
        _down = new Projection(spec.IntermediateSize, spec.HiddenSize, hasBias: true, spec.InitializerRange, key?.Use("down"), kernels);
        RegisterComponents();
    }

    /// <summary>[N, C] to [N, C].</summary>
    public Tensor Forward(Tensor x_NC)
    {
        return x_NC + _down.Forward(_kernels.Gelu(_up.Forward(_norm.Forward(x_NC)), isTanh: false));
    }
}
