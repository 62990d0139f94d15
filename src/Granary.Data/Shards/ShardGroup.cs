namespace Granary.Data.Shards;

/// <summary>Consecutive rows of a bucket that come from one source and one cluster.</summary>
public sealed record ShardGroup
{
    /// <summary>The cluster of rows that were not clustered.</summary>
    public const int NoCluster = -1;

    /// <summary>The cluster of documents that clustering left out: they are counted, and no row holds them.</summary>
    public const int Pruned = -2;

    /// <summary>The rows' source, an index into the manifest's sources.</summary>
    public required int Source { get; init; }

    /// <summary>The rows' cluster, from 0; <see cref="NoCluster"/> without one.</summary>
    public required int Cluster { get; init; }

    /// <summary>Rows in the run.</summary>
    public required long Rows { get; init; }
}
