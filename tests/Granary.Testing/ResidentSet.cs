using Granary.Torch;

namespace Granary.Testing;

/// <summary>The memory of this process that is in RAM: what leaks of native objects show in.</summary>
public static class ResidentSet
{
    private const long Nothing = 1 << 20;

    /// <summary>
    /// Bytes by which it grows each time an action runs, after one run that warms up: the least of some rounds, because a leak
    /// grows in every one, and what a library takes once and keeps does not.
    /// </summary>
    /// <param name="action">What is measured.</param>
    /// <param name="rounds">The most rounds; 1 for an action that others take part in, who must come to the same number.</param>
    public static long GrowthOf(Action action, int rounds = 3)
    {
        action();
        var least = long.MaxValue;
        for (var round = 0; round < rounds && least > Nothing; round++)
        {
            var before = SettledBytes();
            action();
            least = Math.Min(least, SettledBytes() - before);
        }

        return least;
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
