using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition.Packing;

/// <summary>Counts where every token of the packed documents went, in all and by source.</summary>
internal sealed class PackedLedger(IReadOnlyList<string> sources)
{
    private readonly (long Documents, long Read, long Kept)[] _sources = new (long, long, long)[sources.Count];
    private long _rows;
    private long _begun;
    private long _split;
    private long _endOfTextKept;
    private long _targets;
    private long _padding;
    private long _dropped;
    private long _documentsPruned;
    private long _pruned;

    /// <summary>Token ids read so far.</summary>
    public long TokensRead { get; private set; }

    /// <summary>Counts a document as read.</summary>
    public void Read(TokenizedDocument document)
    {
        ref var source = ref _sources[document.SourceIndex];
        source = (source.Documents + 1, source.Read + document.Ids.Length, source.Kept);
        TokensRead += document.Ids.Length;
    }

    /// <summary>Counts a document that was read as left out by clustering.</summary>
    public void Prune(TokenizedDocument document)
    {
        _documentsPruned++;
        _pruned += document.Ids.Length;
    }

    /// <summary>Counts a row that is written.</summary>
    /// <param name="row">The row, before it is cleared.</param>
    /// <param name="padding">Ids of padding at its end.</param>
    /// <param name="goesOn">Whether an id of the same document follows it.</param>
    public void Keep(PackedRow row, int padding, bool goesOn)
    {
        _sources[row.Provenance.SourceIndex].Kept += row.Fill;
        _rows++;
        _begun += row.Begun;
        _split += row.Split;
        _endOfTextKept += row.Ended;
        _padding += padding;

        // The last id of a segment has no target, unless its document goes on behind the row.
        _targets += row.Fill - row.Segments + (goesOn ? 1 : 0);
    }

    /// <summary>Counts the ids of a row that is not written.</summary>
    public void Drop(PackedRow row)
    {
        _dropped += row.Fill;
    }

    /// <summary>The counts of each source.</summary>
    public IReadOnlyList<ShardSource> ToSources()
    {
        return [.. sources.Select((name, i) => new ShardSource
        {
            Name = name,
            Documents = _sources[i].Documents,
            TokensRead = _sources[i].Read,
            TokensKept = _sources[i].Kept,
            TokensDropped = _sources[i].Read - _sources[i].Kept,
        })];
    }

    /// <summary>The counts of all.</summary>
    /// <exception cref="InvalidOperationException">Kept and dropped do not add up to read.</exception>
    public TokenLedger ToTokenLedger(int exponent)
    {
        var documents = _sources.Sum(source => source.Documents);
        var ledger = new TokenLedger
        {
            Documents = documents,
            DocumentsWithoutPieces = documents - _begun,
            TokensRead = TokensRead,
            TokensKept = _sources.Sum(source => source.Kept),
            TokensDroppedTooShort = 0,
            TokensDroppedTail = _dropped,
            TokensOverlapping = 0,
            Targets = _targets,
            EndOfTextKept = _endOfTextKept,
            TokensPadding = _padding,
            DocumentsSplit = _split,
            DocumentsPruned = _documentsPruned > 0 ? _documentsPruned : null,
            TokensDroppedPruned = _documentsPruned > 0 ? _pruned : null,
            Buckets = _rows == 0 ? [] : [new TokenLedgerBucket { Exponent = exponent, Pieces = _rows }],
        };
        return ledger.Closes()
            ? ledger
            : throw new InvalidOperationException($"The ledger does not close: read '{ledger.TokensRead}', kept {ledger.TokensKept}, dropped {_dropped}, left out {_pruned}.");
    }
}
