using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>What a node is told back.</summary>
/// <param name="IsKnown">Whether the coordinator knows the node; one it does not know registers again.</param>
/// <param name="Lost">Leases that are over or cancelled: their work is to be stopped at once.</param>
/// <param name="Drain">Whether the node is to take no more work.</param>
public sealed record HeartbeatReply(bool IsKnown, IReadOnlyList<ShardKey> Lost, bool Drain);
