using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>What a node says every third of a lease's time.</summary>
/// <param name="Leases">The leases it holds.</param>
/// <param name="IsDraining">Whether it takes no more work.</param>
public sealed record Heartbeat(IReadOnlyList<HeldLease> Leases, bool IsDraining);

/// <summary>A lease that a node holds.</summary>
/// <param name="Shard">Which shard.</param>
/// <param name="Token">Its token.</param>
/// <param name="Progress">What the work said last, for people; null before that.</param>
public sealed record HeldLease(ShardKey Shard, LeaseToken Token, string? Progress);
