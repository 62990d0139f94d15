using Granary.Torch;

namespace Granary.Training.Optimizers;

/// <summary>A tensor that an optimizer updates by its grad: a parameter, or a run of one's elements.</summary>
/// <param name="Name">What the optimizer's state of it is named after.</param>
/// <param name="Values">The tensor.</param>
/// <param name="IsDecayed">Whether weight decay takes hold of it: only parameters of two or more dims.</param>
public sealed record OptimizedTensor(string Name, Tensor Values, bool IsDecayed)
{
    /// <summary>Whole parameters.</summary>
    public static IEnumerable<OptimizedTensor> Of(IEnumerable<(string Name, Tensor Parameter)> parameters)
    {
        return parameters.Select(entry => new OptimizedTensor(entry.Name, entry.Parameter, entry.Parameter.ndim >= 2));
    }
}
