using Granary.Core.Randomness;
using Granary.Torch;
using Granary.Torch.Modules;

namespace Granary.Models.Layers;

/// <summary>A linear layer [N, in] to [N, out] whose start is drawn from a keyed normal distribution.</summary>
public sealed class Projection : Module
{
    [ComponentName(Name = "weight")]
    private readonly Tensor _weight;

    [ComponentName(Name = "bias")]
    private readonly Tensor? _bias;

    private readonly ILayerKernels _kernels;
    private readonly long _outputs;

    /// <summary>Draws the weight [out, in] with a standard deviation, or leaves it arbitrary without a key; the bias starts at 0.</summary>
    public Projection(long inputs, long outputs, bool hasBias, double deviation, RandomKey? key, ILayerKernels kernels)
    {
        _weight = ParameterDraw.Normal([outputs, inputs], deviation, key);
        _bias = hasBias ? torch.zeros([outputs], requires_grad: true) : null;
        _kernels = kernels;
        _outputs = outputs;
        RegisterComponents();
    }

    /// <summary>Rows of each of the maps that lie in the weight one under the other. Default: it is one map.</summary>
    public IReadOnlyList<long> Parts { get => field ?? [_outputs]; init; }

    /// <summary>x W^T + b.</summary>
    public Tensor Forward(Tensor x_NI) => _kernels.Linear(x_NI, _weight, _bias);
}
