using Granary.Cluster.Ledger;

namespace Granary.Cluster.Protocol;

/// <summary>Makes a shard done.</summary>
/// <param name="Operation">The operation's id: sent again with the same one, it gives the same answer.</param>
/// <param name="Shard">Which shard.</param>
/// <param name="Token">The lease's token.</param>
/// <param name="Output">What was made.</param>
public sealed record CommitRequest(string Operation, ShardKey Shard, LeaseToken Token, ShardOutput Output);
