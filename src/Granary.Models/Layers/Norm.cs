using Granary.Torch;
using Granary.Torch.Modules;

namespace Granary.Models.Layers;

/// <summary>LayerNorm with bias, or RMSNorm; the weight starts at 1.</summary>
public sealed class Norm : Module
{
    [ComponentName(Name = "weight")]
    private readonly Tensor _weight;

    [ComponentName(Name = "bias")]
    private readonly Tensor? _bias;

    private readonly double _epsilon;
    private readonly ILayerKernels _kernels;

    /// <summary>Creates the norm of rows of a width.</summary>
    public Norm(long width, bool isLayerNorm, double epsilon, ILayerKernels kernels)
    {
        _weight = torch.ones([width], requires_grad: true);
        _bias = isLayerNorm ? torch.zeros([width], requires_grad: true) : null;
        _epsilon = epsilon;
        _kernels = kernels;
        RegisterComponents();
    }

    /// <summary>[N, C] to [N, C].</summary>
    public Tensor Forward(Tensor x_NC)
    {
        return _bias is null ? _kernels.RmsNorm(x_NC, _weight, _epsilon) : _kernels.LayerNorm(x_NC, _weight, _bias, _epsilon);
    }

    /// <summary>x + delta, and it normalised.</summary>
    public (Tensor Sum_NC, Tensor Normed_NC) Forward(Tensor x_NC, Tensor delta_NC)
    {
        return _bias is null ? _kernels.AddRmsNorm(x_NC, delta_NC, _weight, _epsilon) : _kernels.AddLayerNorm(x_NC, delta_NC, _weight, _bias, _epsilon);
    }
}
