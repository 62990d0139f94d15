namespace Granary.Cluster.Grains;

/// <summary>A generation of ranks as it stands.</summary>
public sealed record GenerationSnapshot
{
    /// <summary>Its dataset's id.</summary>
    public required string Id { get; init; }

    /// <summary>All its ranks.</summary>
    public required int Ranks { get; init; }

    /// <summary>Those that have come, by rank.</summary>
    public required IReadOnlyList<GenerationMember> Members { get; init; }

    /// <summary>Threads of each node that takes work; only told to who asks, not to who joins.</summary>
    public IReadOnlyList<int> NodeThreads { get; init; } = [];

    /// <summary>GPUs of the same nodes, in the same order.</summary>
    public IReadOnlyList<int> NodeGpus { get; init; } = [];

    /// <summary>Whether all have come, so that they can start.</summary>
    public bool IsWhole => Members.Count == Ranks;
}
