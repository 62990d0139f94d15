using Granary.Torch;

namespace Granary.Training.Feeding;

/// <summary>A new tensor for all numbers, in the caller's dispose scope.</summary>
internal sealed class FreshTensors : ITensorFeed
{
    private FreshTensors()
    {
    }

    /// <summary>The only one: it holds nothing.</summary>
    internal static FreshTensors Instance { get; } = new();

    public Tensor Next<T>(ReadOnlySpan<T> values, params long[] shape)
        where T : unmanaged => torch.tensor(values, shape);
}
