using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>A dataset in the queue: its lanes, and what of it runs.</summary>
internal sealed class QueuedWork
{
    public QueuedWork(QueueEntry entry, long age)
    {
        Entry = entry;
        Age = age;
    }

    public QueueEntry Entry { get; set; }

    /// <summary>Its place among all that ever entered; the lower, the older.</summary>
    public long Age { get; }

    public Dictionary<int, QueueLane> Lanes { get; } = [];

    public Dictionary<int, QueuedRun> Running { get; } = [];

    /// <summary>What ended before its dataset said what runs: that is older news. Null once it has said it.</summary>
    public Dictionary<int, LeaseToken>? EndedBefore { get; set; }
}

/// <summary>A shard that runs: where, under which token, and what it counts for.</summary>
internal readonly record struct QueuedRun(string Node, LeaseToken Token, int Weight);
