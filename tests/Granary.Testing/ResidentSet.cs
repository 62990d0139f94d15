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

    private static long SettledBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Environment.WorkingSet;
    }
}
