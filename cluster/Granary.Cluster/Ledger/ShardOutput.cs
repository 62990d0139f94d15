namespace Granary.Cluster.Ledger;

/// <summary>What a shard's work made.</summary>
/// <param name="Path">The file, with the epoch of the grant that wrote it; null where the work publishes by itself.</param>
/// <param name="Sha256">The file's SHA-256 in lower-case hexadecimal; null without a file.</param>
/// <param name="Bytes">The file's length; 0 without a file.</param>
public sealed record ShardOutput(string? Path, string? Sha256, long Bytes);
