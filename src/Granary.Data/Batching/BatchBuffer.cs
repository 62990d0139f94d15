using Granary.Data.Shards;

namespace Granary.Data.Batching;

/// <summary>Memory for one batch of any row length; pinned, so that a tensor library may read it in place.</summary>
internal sealed class BatchBuffer(int tokens, int rows, bool isPacked = false)
{
    public long[] Tokens { get; } = GC.AllocateUninitializedArray<long>(tokens, pinned: true);

    public long[] Targets { get; } = GC.AllocateUninitializedArray<long>(tokens, pinned: true);

    // Pieces need neither.
    public int[] Segments { get; } = isPacked ? GC.AllocateUninitializedArray<int>(tokens, pinned: true) : [];

    public long[] Positions { get; } = isPacked ? GC.AllocateUninitializedArray<long>(tokens, pinned: true) : [];

    public RowProvenance[] Provenance { get; } = new RowProvenance[rows];
}
