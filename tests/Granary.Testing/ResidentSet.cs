using Granary.Torch;

namespace Granary.Testing;

/// <summary>The memory of this process that is in RAM: what leaks of native objects show in.</summary>
public static class ResidentSet
{
    /// <summary>Bytes by which it grows while an action runs, after one run that warms up.</summary>
    public static long GrowthOf(Action action)
    {
        action();
        var before = SettledBytes();
        action();
        return SettledBytes() - before;
    }

    // What is freed but kept for later, by the collector, by tensors or by the C library's heap, is no leak, and how much of
    // it there is depends on when the collector came.
    private static long SettledBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        torch.release_memory();
        return Environment.WorkingSet;
    }
}
