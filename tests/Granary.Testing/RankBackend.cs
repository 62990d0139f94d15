namespace Granary.Testing;

/// <summary>What carries tensors between the threads that are ranks.</summary>
public enum RankBackend
{
    /// <summary>The slow, obvious one: a dictionary.</summary>
    Local,

    /// <summary>Gloo over the loopback device, as processes use it.</summary>
    Gloo,

    /// <summary>Gloo between processes of one machine, which read from each other's memory.</summary>
    Memory,
}
