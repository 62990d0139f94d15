using Granary.Torch;

namespace Granary.Distributed.Sequence.Blocks;

/// <summary>The type that sums and statistics of data have.</summary>
internal static class SumTypes
{
    /// <summary>float64 for float64, else float32.</summary>
    internal static ScalarType Of(ScalarType data) => data == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
}
