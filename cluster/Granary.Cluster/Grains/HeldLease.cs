using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>A lease that a node holds.</summary>
/// <param name="Shard">Which shard.</param>
/// <param name="Token">Its token.</param>
/// <param name="Progress">What the work said last, for people; null before that.</param>
public sealed record HeldLease(ShardKey Shard, LeaseToken Token, string? Progress);
