namespace Granary.Checkpoints.Sharded;

/// <summary>One file of a checkpoint.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">Hash of the bytes, lower-case hex.</param>
public sealed record CheckpointFile(long Length, string Sha256);
