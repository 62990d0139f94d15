namespace Granary.Cluster.Host.Metrics;

/// <summary>What there is, counted.</summary>
internal sealed record ClusterStanding
{
    /// <summary>Nodes by state: alive, draining, lost.</summary>
    public IReadOnlyDictionary<string, long> Nodes { get; init; } = new Dictionary<string, long>();

    /// <summary>Jobs by status.</summary>
    public IReadOnlyDictionary<string, long> Jobs { get; init; } = new Dictionary<string, long>();

    /// <summary>Shards by state, of the datasets that are worked on.</summary>
    public IReadOnlyDictionary<string, long> Shards { get; init; } = new Dictionary<string, long>();

    /// <summary>Datasets that are worked on.</summary>
    public long QueuedDatasets { get; init; }
}
