using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition;

/// <summary>Documents that can be read again from any place, so that a build may go on where another was ended.</summary>
/// <param name="Hash">Identifies the documents and their order: the same hash, the same documents.</param>
/// <param name="Behind">The documents behind the first so many; those in front need no tokenising.</param>
public sealed record TokenizedDocuments(string Hash, Func<long, IEnumerable<TokenizedDocument>> Behind);
