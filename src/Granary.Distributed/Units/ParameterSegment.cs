using Granary.Torch;

namespace Granary.Distributed.Units;

/// <summary>A run of a parameter's elements that lies in one rank's part, in row-major order: what an optimizer updates as one tensor.</summary>
/// <param name="Parameter">The parameter's name.</param>
/// <param name="Shape">The parameter's shape.</param>
/// <param name="Start">The first of the elements.</param>
/// <param name="Values">The elements, [n]; their gradient is the tensor's grad while an update is taken.</param>
public sealed record ParameterSegment(string Parameter, IReadOnlyList<long> Shape, long Start, Tensor Values)
{
    /// <summary>A name that no other segment has.</summary>
    public string Name => $"{Parameter}@{Start}";
}
