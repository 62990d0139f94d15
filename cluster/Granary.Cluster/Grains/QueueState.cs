using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>What the queue keeps over its lives: what entered it, the oldest first. What waits and runs the ledger knows.</summary>
internal sealed record QueueState
{
    public IReadOnlyList<QueueEntry> Entries { get; init; } = [];
}

/// <summary>A dataset that entered the queue; of one of ranks, how many it has; and how many GPUs the node of each shard must have.</summary>
internal sealed record QueueEntry(string Dataset, string Job, DatasetKind Kind, int Priority, int Ranks = 0, int Gpus = 0);
