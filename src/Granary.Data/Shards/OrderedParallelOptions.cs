namespace Granary.Data.Shards;

/// <summary>How wide an ordered parallel map is.</summary>
public sealed record OrderedParallelOptions
{
    /// <summary>Threads that run the function. Default: the machine's cores.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Items in hand at once, waiting, running or done; at least one per worker. Default four per worker of this machine.</summary>
    public int Ahead { get; init; } = 4 * Environment.ProcessorCount;

    /// <summary>What the items in hand may weigh together; one that weighs more is alone in hand. Default: any weight.</summary>
    public long WeightAhead { get; init; } = long.MaxValue;
}
