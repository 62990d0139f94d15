namespace Granary.Cluster.Ledger;

/// <summary>Where a shard stands.</summary>
public enum ShardState
{
    /// <summary>Waits for a worker.</summary>
    Free,

    /// <summary>A worker has its lease, or had it until a moment ago.</summary>
    Leased,

    /// <summary>Its output is committed.</summary>
    Done,

    /// <summary>It failed as often as its dataset allows.</summary>
    Failed,

    /// <summary>Nobody is to work on it any more.</summary>
    Cancelled,
}
