using System.Text.Json.Serialization;

namespace Granary.Data.Shards;

/// <summary>All shards whose rows hold 2^<see cref="Exponent"/> ids; row numbers run through them in this order.</summary>
public sealed record ShardBucket
{
    /// <summary>Rows hold 2 to this power ids.</summary>
    public required int Exponent { get; init; }

    /// <summary>Rows in all shards of the bucket.</summary>
    public required long Rows { get; init; }

    /// <summary>The shards, in the order of their rows.</summary>
    [JsonConverter(typeof(ShardEntriesConverter))]
    public required IReadOnlyList<ShardEntry> Shards { get; init; }

    /// <summary>Which rows come from which source and cluster, as runs in the order of the rows; null in a set that does not say.</summary>
    public IReadOnlyList<ShardGroup>? Groups { get; init; }
}
