namespace Granary.Data.Shards;

/// <summary>One shard in a manifest.</summary>
public sealed record ShardEntry
{
    /// <summary>The file, relative to the manifest's folder, with '/' between folders.</summary>
    public required string File { get; init; }

    /// <summary>Rows in the file.</summary>
    public required long Rows { get; init; }

    /// <summary>The file's length in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>SHA-256 of the file without its last 128 bytes; its trailer repeats it.</summary>
    public required string Sha256 { get; init; }
}
