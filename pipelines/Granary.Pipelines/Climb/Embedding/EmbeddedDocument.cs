using Granary.Data.Shards;

namespace Granary.Pipelines.Climb.Embedding;

/// <summary>What is kept of a document beside its vector.</summary>
/// <param name="Hash">The identity of its text.</param>
/// <param name="Source">Its source.</param>
/// <param name="Bytes">Bytes of its text.</param>
/// <param name="Scores">Its quality scores, in the order of their names.</param>
internal readonly record struct EmbeddedDocument(DocumentHash Hash, int Source, int Bytes, ReadOnlyMemory<float> Scores);
