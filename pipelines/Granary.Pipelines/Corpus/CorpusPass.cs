using Granary.Pipelines.Corpus.NearDuplicates;
using Granary.Pipelines.Corpus.Splits;

namespace Granary.Pipelines.Corpus;

/// <summary>One way through a corpus.</summary>
/// <param name="Files">The files of each source.</param>
internal sealed record CorpusPass(IReadOnlyList<IReadOnlyList<CorpusFile>> Files)
{
    /// <summary>How many files each source had, where not all were read; null when these are all.</summary>
    public IReadOnlyList<long>? FilesListed { get; init; }

    /// <summary>Whether the files were read before, so that one that has changed is refused.</summary>
    public bool IsAgain { get; init; }

    /// <summary>Where documents come from that were tokenized elsewhere; null where the files themselves are read.</summary>
    public TokenSplits? Splits { get; init; }

    /// <summary>Says which documents are left out as near duplicates; disposed of at the end. Null where none are.</summary>
    public NearDuplicateFilter? NearDuplicates { get; init; }
}
