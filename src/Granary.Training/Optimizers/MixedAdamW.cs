using Granary.Torch;
using Kernel = Granary.Torch.Kernels.Mixed.MixedAdamW;

namespace Granary.Training.Optimizers;

/// <summary>
/// AdamW for parameters on a GPU, in one launch for all of them, which writes the bfloat16 copies that products are computed
/// from as well. Same state, same names and the same formula as <see cref="AdamW"/>.
/// </summary>
public sealed class MixedAdamW : IOptimizer
{
    private readonly AdamWConfig _config;
    private readonly AdamWSlots _slots;
    private readonly Kernel _kernel;

    /// <summary>Starts with a state of zeros for each tensor; for builds with the kernels for GPUs.</summary>
    public MixedAdamW(AdamWConfig config, IEnumerable<OptimizedTensor> tensors)
        : this(config, tensors, new Kernel())
    {
    }

    internal MixedAdamW(AdamWConfig config, IEnumerable<OptimizedTensor> tensors, Kernel kernel)
    {
        _config = config;
        _slots = new AdamWSlots(config, tensors);
        _kernel = kernel;
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Tensor Tensor)> State => _slots.State;

    /// <inheritdoc/>
    public double GradientNorm()
    {
        using var scope = torch.NewDisposeScope();
        return Math.Sqrt(_kernel.SumOfSquares(_slots.WithGradients()));
    }

    /// <inheritdoc/>
    public void Step(long update, double learningRate, double gradientScale)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(update, 1);
        using var scope = torch.NewDisposeScope();
        _kernel.Step(_slots.WithGradients(), _config.ToSettings(update, learningRate, gradientScale));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _kernel.Dispose();
        _slots.Dispose();
    }
}
