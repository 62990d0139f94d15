using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>The shards of a dataset that need the same number of threads.</summary>
internal sealed class QueueLane
{
    public QueueLane(QueuedWork work, int threads)
    {
        Work = work;
        Threads = threads;
    }

    public QueuedWork Work { get; }

    public int Threads { get; }

    /// <summary>What a running shard counts for: drivers wait more than they compute.</summary>
    public int Weight => Work.Entry.Kind == DatasetKind.Driver ? 0 : Threads;

    /// <summary>Counts how often it was said that there is something to grant.</summary>
    public long Calls { get; set; }

    /// <summary>How often narrower work went in front of it since its last grant.</summary>
    public int Passes { get; set; }

    /// <summary>The node that is kept for it.</summary>
    public string? KeptNode { get; set; }
}
