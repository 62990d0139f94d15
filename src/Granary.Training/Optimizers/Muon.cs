using Granary.Torch;

namespace Granary.Training.Optimizers;

/// <summary>
/// Muon for the matrices of blocks, and another optimizer for all other tensors. m = b m + (1 - b) g; u = orthogonal((1 - b) g + b m),
/// or of m without Nesterov's form; w = w (1 - rate * decay) - rate * 0.2 sqrt(max(rows, columns)) u. Matrices that lie in one
/// parameter one under the other, as those of queries, keys and values do, are made orthogonal each by itself.
/// </summary>
public sealed class Muon : IOptimizer
{
    private const double RootMeanSquareOfAdamW = 0.2;

    private readonly MuonConfig _config;
    private readonly IOptimizer _others;
    private readonly Slot[] _slots;

    /// <summary>Starts with a momentum of zeros for each matrix; what is none goes to the optimizer that <paramref name="others"/> makes.</summary>
    public Muon(MuonConfig config, IReadOnlyList<OptimizedTensor> tensors, Func<IEnumerable<OptimizedTensor>, IOptimizer> others)
    {
        _config = config;
        _others = others(tensors.Where(tensor => !tensor.IsHiddenMatrix));
        _slots = [.. tensors.Where(tensor => tensor.IsHiddenMatrix).Select(tensor => new Slot(tensor, torch.zeros_like(tensor.Values).DetachFromDisposeScope()))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Tensor Tensor)> State => [.. _slots.Select(slot => ($"momentum_buffer.{slot.Matrix.Name}", slot.Momentum)), .. _others.State];

    /// <inheritdoc/>
    public double GradientNorm()
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        Tensor? sum = null;
        foreach (var gradient in _slots.Select(slot => slot.Matrix.Values.grad).OfType<Tensor>())
        {
            var squares = gradient.to(ScalarType.Float64).square().sum();
            sum = sum is null ? squares : sum + squares;
        }

        var others = _others.GradientNorm();
        return Math.Sqrt((sum?.item() ?? 0) + (others * others));
    }

    /// <inheritdoc/>
    public void Step(long update, double learningRate, double gradientScale)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(update, 1);
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        foreach (var (matrix, momentum) in _slots)
        {
            if (matrix.Values.grad is { } gradient)
            {
                Step(matrix, momentum, gradient * gradientScale, learningRate);
            }
        }

        _others.Step(update, learningRate, gradientScale);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _others.Dispose();
        foreach (var slot in _slots)
        {
            slot.Momentum.Dispose();
        }
    }

    private void Step(OptimizedTensor matrix, Tensor momentum, Tensor gradient, double learningRate)
    {
        using var scope = torch.NewDisposeScope();
        momentum.lerp_(gradient, 1 - _config.Momentum);
        var direction = _config.Nesterov ? gradient.lerp_(momentum, _config.Momentum) : momentum;
        if (matrix.IsDecayed)
        {
            matrix.Values.mul_(1 - (learningRate * _config.WeightDecay));
        }

        var start = 0L;
        foreach (var rows in matrix.MatrixRows)
        {
            var update = NewtonSchulz.Orthogonalized(direction.narrow(0, start, rows), _config.NewtonSchulzSteps);
            var scale = RootMeanSquareOfAdamW * Math.Sqrt(Math.Max(rows, matrix.Values.size(1)));
            matrix.Values.narrow(0, start, rows).add_(update, -learningRate * scale);
            start += rows;
        }
    }

    private sealed record Slot(OptimizedTensor Matrix, Tensor Momentum);
}
