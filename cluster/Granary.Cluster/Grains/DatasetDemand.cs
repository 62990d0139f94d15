using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>What a dataset has to grant, and what of it runs.</summary>
/// <param name="Waiting">How many threads the shards have that wait, each number once.</param>
/// <param name="Running">The shards that are worked on.</param>
/// <param name="IsOver">Whether nothing is left to do.</param>
public sealed record DatasetDemand(IReadOnlyList<int> Waiting, IReadOnlyList<RunningShard> Running, bool IsOver);

/// <summary>A shard that is worked on.</summary>
/// <param name="Shard">Its index.</param>
/// <param name="Threads">Threads that it computes with.</param>
/// <param name="Node">The node that has its lease.</param>
/// <param name="Token">Its token.</param>
public sealed record RunningShard(int Shard, int Threads, string Node, LeaseToken Token);
