namespace Granary.Cluster.Hosting;

/// <summary>Puts the grains into a process: in the embedded runtime, or in an Orleans silo where the build is made with it.</summary>
public static partial class GrainHosting
{
    /// <summary>The key under which the grains' state storage is registered.</summary>
    public const string Storage = "granary";
}
