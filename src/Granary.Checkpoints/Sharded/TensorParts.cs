using Granary.Torch;

namespace Granary.Checkpoints.Sharded;

/// <summary>What of a stored tensor is wanted, and where it goes.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Shape">Its whole shape.</param>
/// <param name="Parts">Runs of its elements in row-major order, each from an element on; none for a tensor that must be there but is not wanted.</param>
public sealed record TensorParts(string Name, ScalarType Type, IReadOnlyList<long> Shape, IReadOnlyList<(long Start, Tensor Values)> Parts);
