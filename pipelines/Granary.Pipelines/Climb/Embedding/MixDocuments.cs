namespace Granary.Pipelines.Climb.Embedding;

/// <summary>The documents that are clustered. They are read several times, and come in the same order each time.</summary>
/// <param name="Hash">Identifies the documents and their order: the same hash, the same documents.</param>
/// <param name="Sources">The sources' names, by the index that documents hold.</param>
/// <param name="Read">Reads all of them from the first.</param>
public sealed record MixDocuments(string Hash, IReadOnlyList<string> Sources, Func<IEnumerable<MixDocument>> Read);
