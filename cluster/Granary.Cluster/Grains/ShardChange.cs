using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>What others are to be told of a shard that stands otherwise than before.</summary>
internal readonly record struct ShardChange
{
    public static ShardChange None => default;

    /// <summary>Whether the shard stands otherwise.</summary>
    public bool IsNew { get; init; }

    /// <summary>The shard that was worked on under this token, and is no longer.</summary>
    public (int Index, LeaseToken Token)? Ended { get; init; }

    /// <summary>The threads of a shard that is to be granted, where none of as many was before.</summary>
    public int? Opened { get; init; }
}
