namespace Granary.Data.Shards;

/// <summary>What a check of a whole shard set found.</summary>
/// <param name="Shards">Shards looked at.</param>
/// <param name="Rows">Rows in them.</param>
/// <param name="Bytes">Bytes in them.</param>
/// <param name="Faults">The faults, one sentence each.</param>
public sealed record ShardVerification(int Shards, long Rows, long Bytes, IReadOnlyList<string> Faults);
