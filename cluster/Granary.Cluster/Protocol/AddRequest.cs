using Granary.Cluster.Ledger;

namespace Granary.Cluster.Protocol;

/// <summary>Adds shards to a dataset.</summary>
/// <param name="Operation">The operation's id: sent again with the same one, it gives the same answer.</param>
/// <param name="Dataset">The dataset.</param>
/// <param name="Shards">Their work.</param>
public sealed record AddRequest(string Operation, string Dataset, IReadOnlyList<ShardWork> Shards);
