namespace Granary.Cluster.Grains;

/// <summary>What the grains are started with.</summary>
public sealed record ClusterOptions
{
    /// <summary>The folder that all nodes see.</summary>
    public required string Folder { get; init; }

    /// <summary>How long leases hold. Default 30 s.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a lost node stays listed. Default 1 h.</summary>
    public TimeSpan LostNodesStay { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long what is known of a job stays after its end; its files stay for good. Default 30 days.</summary>
    public TimeSpan EndedJobsStay { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How often narrower work may be granted in front of a shard that needs more threads than the node has free, before the node is kept for it. Default 8.</summary>
    public int MostPasses { get; init; } = 8;
}
