using Granary.Torch;

namespace Granary.Models.Decoder.Tests;

/// <summary>
/// AdamW with a limit on the global gradient norm, written as in the paper (Loshchilov and Hutter, arXiv 1711.05101),
/// one operator after the other: the slow, obvious form.
/// </summary>
internal sealed class ReferenceAdamW : IDisposable
{
    private readonly List<(Tensor Parameter, Tensor First, Tensor Second)> _moments;
    private int _step;

    public ReferenceAdamW(IEnumerable<Tensor> parameters)
    {
        _moments = [.. parameters.Select(parameter => (parameter, Zeros(parameter), Zeros(parameter)))];
    }

    public required double Rate { get; init; }

    public required double Beta1 { get; init; }

    public required double Beta2 { get; init; }

    public required double Epsilon { get; init; }

    /// <summary>Applies to tensors of two or more dims.</summary>
    public required double WeightDecay { get; init; }

    public required double MaxGradNorm { get; init; }

    /// <summary>One update; the gradients' global norm before it was limited.</summary>
    public double Step()
    {
        using var scope = torch.NewDisposeScope();
        using var recording = torch.no_grad();
        _step++;
        var norm = Math.Sqrt(_moments.Sum(entry => entry.Parameter.grad!.to(ScalarType.Float64).square().sum().item()));
        var factor = Math.Min(1, MaxGradNorm / (norm + 1e-6));
        foreach (var (parameter, first, second) in _moments)
        {
            var gradient = parameter.grad! * factor;
            if (parameter.ndim >= 2)
            {
                parameter.mul_(1 - (Rate * WeightDecay));
            }

            first.copy_((first * Beta1) + (gradient * (1 - Beta1)));
            second.copy_((second * Beta2) + (gradient.square() * (1 - Beta2)));
            var mean = first / (1 - Math.Pow(Beta1, _step));
            var spread = (second / (1 - Math.Pow(Beta2, _step))).sqrt() + Epsilon;
            parameter.sub_((mean / spread) * Rate);
        }

        return norm;
    }

    public void Dispose()
    {
        _moments.ForEach(entry => entry.First.Dispose());
        _moments.ForEach(entry => entry.Second.Dispose());
    }

    private static Tensor Zeros(Tensor like)
    {
        using var recording = torch.no_grad();
        return torch.zeros_like(like).DetachFromDisposeScope();
    }
}
