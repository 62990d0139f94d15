namespace Granary.Checkpoints.Safetensors;

/// <summary>What was written: enough for a manifest to tell a whole file from a damaged one.</summary>
/// <param name="Sha256">The SHA-256 of the whole file, in lower-case hexadecimal.</param>
/// <param name="Length">The file's bytes, header included.</param>
public sealed record SafetensorsDigest(string Sha256, long Length);
