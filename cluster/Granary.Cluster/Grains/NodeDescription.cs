namespace Granary.Cluster.Grains;

/// <summary>What a node has.</summary>
public sealed record NodeDescription
{
    /// <summary>The node's id: its host's name and a random end, new for each process.</summary>
    public required string Id { get; init; }

    /// <summary>Where other nodes reach its ranks: a name or an address.</summary>
    public required string Address { get; init; }

    /// <summary>Threads to compute with.</summary>
    public required int Threads { get; init; }

    /// <summary>Places for jobs' own processes.</summary>
    public required int Drivers { get; init; }

    /// <summary>Bytes of main memory.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>GPUs, by their names.</summary>
    public IReadOnlyList<string> Gpus { get; init; } = [];

    /// <summary>The program's version, which must be the coordinator's.</summary>
    public required string Version { get; init; }
}
