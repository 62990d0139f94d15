namespace Granary.Pipelines.Corpus;

/// <summary>What was left out for one reason.</summary>
/// <param name="Count">How many pieces.</param>
/// <param name="Bytes">How many bytes in them.</param>
/// <param name="Examples">The first few, each with file, place and what is wrong.</param>
public sealed record DropReport(long Count, long Bytes, IReadOnlyList<string> Examples);
