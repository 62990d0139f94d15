using Granary.Torch;

namespace Granary.Training.Feeding;

/// <summary>Makes tensors on the default device of a step's numbers, which are given in the same order every time.</summary>
internal interface ITensorFeed
{
    /// <summary>The next tensor.</summary>
    Tensor Next<T>(ReadOnlySpan<T> values, params long[] shape)
        where T : unmanaged;
}
