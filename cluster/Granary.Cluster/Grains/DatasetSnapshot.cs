using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains;

/// <summary>Where a dataset stands.</summary>
public sealed record DatasetSnapshot
{
    /// <summary>The dataset's id.</summary>
    public required string Id { get; init; }

    /// <summary>The job it belongs to.</summary>
    public required string Job { get; init; }

    /// <summary>What its shards are.</summary>
    public required DatasetKind Kind { get; init; }

    /// <summary>Another after each change. It grows, also over lives of the grain unless the clock was set back.</summary>
    public required long Version { get; init; }

    /// <summary>Shards by state.</summary>
    public required IReadOnlyDictionary<ShardState, int> Shards { get; init; }
}
