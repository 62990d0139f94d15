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

    /// <summary>Grows with each change since the grain came to life; of another life it says nothing.</summary>
    public required long Version { get; init; }

    /// <summary>Shards by state.</summary>
    public required IReadOnlyDictionary<ShardState, int> Shards { get; init; }
}
