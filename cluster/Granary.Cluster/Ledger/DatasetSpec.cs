namespace Granary.Cluster.Ledger;

/// <summary>A dataset as it is made: what is worked on in parts.</summary>
public sealed record DatasetSpec
{
    /// <summary>The id, which whoever makes it decides, so that making it twice makes it once. Letters, digits, '.', '_', '-' and '/'.</summary>
    public required string Id { get; init; }

    /// <summary>The job it belongs to.</summary>
    public required string Job { get; init; }

    /// <summary>What its shards are.</summary>
    public DatasetKind Kind { get; init; } = DatasetKind.Work;

    /// <summary>The work, shard by shard. More can be added behind it while the dataset is not closed.</summary>
    public required IReadOnlyList<ShardWork> Shards { get; init; }

    /// <summary>Times that a shard may fail before it stays so. Grants that only ran out do not count. Default 3.</summary>
    public int MostFailures { get; init; } = 3;
}
