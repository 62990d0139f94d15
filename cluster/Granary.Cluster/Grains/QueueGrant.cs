namespace Granary.Cluster.Grains;

/// <summary>A place that is about to be taken: its threads count already, so that whoever asks meanwhile sees them.</summary>
/// <param name="Lane">Whose shard is to take it.</param>
/// <param name="Node">Where.</param>
/// <param name="Calls">The lane's calls when it was chosen: after a later one it is not empty, whatever the dataset said.</param>
internal sealed record QueueGrant(QueueLane Lane, string Node, long Calls)
{
    public string Dataset => Lane.Work.Entry.Dataset;

    public int Threads => Lane.Threads;
}
