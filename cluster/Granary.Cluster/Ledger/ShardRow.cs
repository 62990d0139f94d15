namespace Granary.Cluster.Ledger;

/// <summary>A shard as the ledger has it.</summary>
public sealed record ShardRow
{
    /// <summary>Which shard.</summary>
    public required ShardKey Key { get; init; }

    /// <summary>Where it stands. A lease that is over and not granted again still reads as leased.</summary>
    public required ShardState State { get; init; }

    /// <summary>What is to be done.</summary>
    public required ShardWork Work { get; init; }

    /// <summary>The token of the last grant; epoch 0 where there was none.</summary>
    public required LeaseToken Token { get; init; }

    /// <summary>The node of the last grant; null where there was none.</summary>
    public string? Owner { get; init; }

    /// <summary>When the lease ends, by the database's clock.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>How often it failed.</summary>
    public int Failures { get; init; }

    /// <summary>What the last failure said.</summary>
    public string? Failure { get; init; }

    /// <summary>What was committed; null before that.</summary>
    public ShardOutput? Output { get; init; }
}
