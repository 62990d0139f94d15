using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>The datasets that are worked on, in the order in which the next free place would ask them.</summary>
public sealed record QueueSnapshot(IReadOnlyList<QueuedDataset> Datasets);

/// <summary>A dataset that is worked on.</summary>
/// <param name="Dataset">Its id.</param>
/// <param name="Job">Its job.</param>
/// <param name="Kind">What its shards are.</param>
/// <param name="Priority">The higher, the sooner; from -100 to 100.</param>
/// <param name="Running">Shards that are leased.</param>
public sealed record QueuedDataset(string Dataset, string Job, DatasetKind Kind, int Priority, int Running);
