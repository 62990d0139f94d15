using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>A dataset that is worked on.</summary>
/// <param name="Dataset">Its id.</param>
/// <param name="Job">Its job.</param>
/// <param name="Kind">What its shards are.</param>
/// <param name="Priority">The higher, the sooner; from -100 to 100.</param>
/// <param name="Running">Shards that are leased.</param>
public sealed record QueuedDataset(string Dataset, string Job, DatasetKind Kind, int Priority, int Running);
