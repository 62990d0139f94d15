using Granary.Torch;
using Kernel = Granary.Torch.Kernels.FusedAdamW;

namespace Granary.Training.Optimizers;

/// <summary>
/// AdamW in one pass over memory for all parameters, clipping folded in: 28 bytes moved a parameter, where the
/// composition of operators moves about 90. Same state, same names and the same formula as <see cref="AdamW"/>.
/// </summary>
public sealed class FusedAdamW : IOptimizer
{
    private readonly AdamWConfig _config;
    private readonly AdamWSlots _slots;

    /// <summary>Starts with a state of zeros for each parameter.</summary>
    public FusedAdamW(AdamWConfig config, IEnumerable<(string Name, Tensor Parameter)> parameters)
        : this(config, OptimizedTensor.Of(parameters))
    {
    }

    /// <summary>Starts with a state of zeros for each tensor.</summary>
    public FusedAdamW(AdamWConfig config, IEnumerable<OptimizedTensor> tensors)
    {
        _config = config;
        _slots = new AdamWSlots(config, tensors);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Tensor Tensor)> State => _slots.State;

    /// <inheritdoc/>
    public double GradientNorm()
    {
        using var scope = torch.NewDisposeScope();
        return Math.Sqrt(Kernel.SumOfSquares([.. _slots.Select(slot => slot.Parameter.grad).OfType<Tensor>()]));
    }

    /// <inheritdoc/>
    public void Step(long update, double learningRate, double gradientScale)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(update, 1);
        using var scope = torch.NewDisposeScope();
        Kernel.Step(_slots.WithGradients(), _config.ToSettings(update, learningRate, gradientScale));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _slots.Dispose();
    }
}
