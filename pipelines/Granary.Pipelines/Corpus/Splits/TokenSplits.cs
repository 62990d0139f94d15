namespace Granary.Pipelines.Corpus.Splits;

/// <summary>The splits of a corpus as files of ids, each of which is there once somebody has made it.</summary>
public sealed class TokenSplits
{
    private readonly IReadOnlyList<CorpusSplit> _splits;
    private readonly TokenSplitHeader _header;
    private readonly Func<int, CancellationToken, string> _await;

    /// <summary>Creates them.</summary>
    /// <param name="splits">All splits, in the order of reading.</param>
    /// <param name="header">What the files begin with, but for the split's number.</param>
    /// <param name="await">Waits for a split's file and gives its path; called from many threads.</param>
    public TokenSplits(IReadOnlyList<CorpusSplit> splits, TokenSplitHeader header, Func<int, CancellationToken, string> await)
    {
        (_splits, _header, _await) = (splits, header, await);
    }

    /// <summary>The splits of a source with their numbers.</summary>
    internal IEnumerable<(int Number, CorpusSplit Split)> Of(int source)
    {
        return _splits.Index().Where(split => split.Item.Source == source);
    }

    /// <summary>A reader of a split's file, once that is there.</summary>
    internal TokenSplitReader Open(int split, CancellationToken cancellationToken)
    {
        return TokenSplitReader.Open(_await(split, cancellationToken), _header with { Split = split });
    }
}
