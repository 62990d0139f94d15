using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>What the queue keeps over its lives: what entered it, the oldest first. What waits and runs the ledger knows.</summary>
internal sealed record QueueState
{
    public IReadOnlyList<QueueEntry> Entries { get; init; } = [];
}

/// <summary>A dataset that entered the queue.</summary>
internal sealed record QueueEntry(string Dataset, string Job, DatasetKind Kind, int Priority);
