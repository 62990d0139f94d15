namespace Granary.Cluster.Grains;

/// <summary>The datasets that are worked on, in the order in which the next free place would ask them.</summary>
public sealed record QueueSnapshot(IReadOnlyList<QueuedDataset> Datasets);
