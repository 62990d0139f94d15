using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>A dataset that is worked on.</summary>
/// <param name="Dataset">Its id.</param>
/// <param name="Job">Its job.</param>
/// <param name="Kind">What its shards are.</param>
/// <param name="Priority">The higher, the sooner; from -100 to 100.</param>
/// <param name="Running">Shards that are leased.</param>
/// <param name="Waiting">Threads of the widest shard that waits for a place; 0 where none does.</param>
/// <param name="Ranks">Ranks that are placed together; 0 for what is no generation.</param>
/// <param name="Gpus">GPUs that each shard's node must have.</param>
public sealed record QueuedDataset(string Dataset, string Job, DatasetKind Kind, int Priority, int Running, int Waiting = 0, int Ranks = 0, int Gpus = 0);
