using Granary.Cluster.Ledger;

namespace Granary.Cluster.Protocol;

/// <summary>Gives a lease back.</summary>
/// <param name="Shard">Which shard.</param>
/// <param name="Token">The lease's token.</param>
/// <param name="Failure">What went wrong; null where the work was only not to be finished here.</param>
public sealed record ReleaseRequest(ShardKey Shard, LeaseToken Token, string? Failure);
