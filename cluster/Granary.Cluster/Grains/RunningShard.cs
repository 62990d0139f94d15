using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>A shard that is worked on.</summary>
/// <param name="Shard">Its index.</param>
/// <param name="Threads">Threads that it computes with.</param>
/// <param name="Node">The node that has its lease.</param>
/// <param name="Token">Its token.</param>
public sealed record RunningShard(int Shard, int Threads, string Node, LeaseToken Token);
