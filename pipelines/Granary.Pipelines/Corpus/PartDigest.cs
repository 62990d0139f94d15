namespace Granary.Pipelines.Corpus;

/// <summary>What a part's bytes turned out to be.</summary>
/// <param name="Sha256">The SHA-256 of the part's bytes.</param>
/// <param name="Bytes">How many it had.</param>
/// <param name="Lines">The line ends in them.</param>
internal sealed record PartDigest(byte[] Sha256, long Bytes, long Lines);
