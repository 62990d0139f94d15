using Granary.Data.Shards;

namespace Granary.Pipelines.Climb.Embedding;

/// <summary>A document as embedding and clustering see it.</summary>
/// <param name="Hash">The identity of its text.</param>
/// <param name="Source">Which of the corpus' sources it comes from, from 0.</param>
/// <param name="Text">Its text in UTF-8.</param>
/// <param name="Scores">Numbers that the corpus brings along, by name, such as a column of quality scores; null for none.</param>
public readonly record struct MixDocument(DocumentHash Hash, int Source, ReadOnlyMemory<byte> Text, IReadOnlyDictionary<string, double>? Scores = null);
