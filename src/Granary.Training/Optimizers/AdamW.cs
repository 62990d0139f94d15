using Granary.Torch;

namespace Granary.Training.Optimizers;

/// <summary>
/// AdamW as a plain composition of operators: the slow, obvious form, for every device.
/// m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; w = w (1 - rate * decay) - rate * (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps).
/// </summary>
public sealed class AdamW : IOptimizer
{
    private readonly AdamWConfig _config;
    private readonly AdamWSlots _slots;

    /// <summary>Starts with a state of zeros for each parameter.</summary>
    public AdamW(AdamWConfig config, IEnumerable<(string Name, Tensor Parameter)> parameters)
        : this(config, OptimizedTensor.Of(parameters))
    {
    }

    /// <summary>Starts with a state of zeros for each tensor.</summary>
    public AdamW(AdamWConfig config, IEnumerable<OptimizedTensor> tensors)
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
        using var mode = torch.no_grad();
        Tensor? sum = null;
        foreach (var gradient in _slots.Select(slot => slot.Parameter.grad).OfType<Tensor>())
        {
            var squares = gradient.to(ScalarType.Float64).square().sum();
            sum = sum is null ? squares : sum + squares;
        }

        return Math.Sqrt(sum?.item() ?? 0);
    }

    /// <inheritdoc/>
    public void Step(long update, double learningRate, double gradientScale)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(update, 1);
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var meanCorrection = 1 - Math.Pow(_config.Beta1, update);
        var squareCorrection = 1 - Math.Pow(_config.Beta2, update);
        foreach (var (_, parameter, mean, square, decay) in _slots)
        {
            if (parameter.grad is not { } stored)
            {
                continue;
            }

            var gradient = stored * gradientScale;
            parameter.mul_(1 - (learningRate * decay));
            mean.lerp_(gradient, 1 - _config.Beta1);
            square.mul_(_config.Beta2).addcmul_(gradient, gradient, 1 - _config.Beta2);
            var denominator = square.sqrt().div_(Math.Sqrt(squareCorrection)).add_(_config.Epsilon);
            parameter.addcdiv_(mean, denominator, -learningRate / meanCorrection);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _slots.Dispose();
    }
}
