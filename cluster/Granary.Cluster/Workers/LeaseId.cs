using Granary.Cluster.Ledger;

namespace Granary.Cluster.Workers;

/// <summary>Names one grant: a node may be granted a shard again while the work of its lost lease is still ending.</summary>
/// <param name="Shard">Which shard.</param>
/// <param name="Token">Which grant of it.</param>
internal readonly record struct LeaseId(ShardKey Shard, LeaseToken Token)
{
    /// <summary>The grant of a lease.</summary>
    public static LeaseId Of(ShardLease lease) => new(lease.Shard, lease.Token);

    /// <inheritdoc/>
    public override string ToString() => $"{Shard} ({Token.Incarnation}-{Token.Epoch})";
}
