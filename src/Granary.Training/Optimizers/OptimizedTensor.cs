using Granary.Torch;

namespace Granary.Training.Optimizers;

/// <summary>A tensor that an optimizer updates by its grad: a parameter, or a run of one's elements.</summary>
/// <param name="Name">What the optimizer's state of it is named after.</param>
/// <param name="Values">The tensor.</param>
/// <param name="IsDecayed">Whether weight decay takes hold of it: only parameters of two or more dims.</param>
public sealed record OptimizedTensor(string Name, Tensor Values, bool IsDecayed)
{
    /// <summary>Rows of each matrix that lies in the parameter, one under the other; empty where it is no matrix of a block, or only a part of one.</summary>
    public IReadOnlyList<long> MatrixRows { get; init; } = [];

    /// <summary>Whether it is made of whole matrices between hidden states.</summary>
    public bool IsHiddenMatrix => MatrixRows.Count > 0;

    /// <summary>Whole parameters, of which <paramref name="matrices"/> names those that are matrices of blocks, with their rows.</summary>
    public static IEnumerable<OptimizedTensor> Of(IEnumerable<(string Name, Tensor Parameter)> parameters, IReadOnlyDictionary<string, IReadOnlyList<long>>? matrices = null)
    {
        return parameters.Select(entry => new OptimizedTensor(entry.Name, entry.Parameter, entry.Parameter.ndim >= 2)
        {
            MatrixRows = matrices?.GetValueOrDefault(entry.Name) ?? [],
        });
    }
}
