using Granary.Distributed.Sequence.Blocks;
using Granary.Testing;
using Granary.Torch;
using Granary.Torch.Distributed;

namespace Granary.Distributed.Sequence.Tests;

/// <summary>How the ranks of a test compute and exchange.</summary>
internal sealed record AxisForm(ScalarType Type, Func<IBlockAttention> Blocks)
{
    /// <summary>float64, by operators.</summary>
    public static AxisForm Exact { get; } = new(ScalarType.Float64, () => new ComposedBlockAttention());

    /// <summary>float32, by the fused kernels.</summary>
    public static AxisForm Fused { get; } = new(ScalarType.Float32, () => new FusedBlockAttention());

    /// <summary>bfloat16 with float32 sums, by operators.</summary>
    public static AxisForm Half { get; } = new(ScalarType.BFloat16, () => new ComposedBlockAttention());

    public WireTypes Wire { get; init; } = WireTypes.AsIs;

    /// <summary>What the ranks exchange over.</summary>
    public RankBackend Backend { get; init; } = RankBackend.Local;

    public Func<ProcessGroup, ProcessGroup> Wrap { get; init; } = group => group;
}
