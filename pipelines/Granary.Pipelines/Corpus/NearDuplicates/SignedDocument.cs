namespace Granary.Pipelines.Corpus.NearDuplicates;

/// <summary>What the search for near duplicates needs of a document.</summary>
/// <param name="Source">The index of its source in the configuration.</param>
/// <param name="HasWords">Whether there is anything to compare.</param>
/// <param name="Signature">Its signature.</param>
internal readonly record struct SignedDocument(int Source, bool HasWords, ReadOnlyMemory<uint> Signature);
