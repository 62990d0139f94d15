using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition;

/// <summary>Counts where every token of the cut documents went.</summary>
/// <remarks>
/// An id is kept when at least one piece holds it, as an input or, in the forms that store 2^k + 1 ids, as the last
/// target; it counts once, however many pieces hold it, and the repeats are counted as overlapping. So
/// kept + overlapping = ids in all pieces. In form 2^k the target behind a document's last piece is a dropped id that
/// the shard stores all the same.
/// </remarks>
public sealed class DecompositionLedger
{
    private readonly Decomposer _decomposer;
    private readonly long[] _pieces = new long[DecompositionConfig.HighestExponent + 1];
    private long _documents;
    private long _documentsWithoutPieces;
    private long _read;
    private long _kept;
    private long _tooShort;
    private long _tail;
    private long _overlapping;
    private long _targets;
    private long _endOfTextKept;
    private long _documentsPruned;
    private long _pruned;

    internal DecompositionLedger(Decomposer decomposer)
    {
        _decomposer = decomposer;
    }

    /// <summary>Cuts documents of the given lengths, ends of text included, and counts the result without any text.</summary>
    public static TokenLedger Count(IEnumerable<long> lengths, DecompositionConfig config, long seed = 0)
    {
        var decomposer = new Decomposer(config, seed);
        var ledger = new DecompositionLedger(decomposer);
        var pieces = new List<Piece>();
        var line = UInt128.Zero;
        foreach (var length in lengths)
        {
            // A length has no text to hash, so its number stands in.
            decomposer.Cut(length, new DocumentHash(line++), pieces);
            ledger.Add(length, pieces);
        }

        return ledger.ToTokenLedger();
    }

    /// <summary>The counts so far.</summary>
    /// <exception cref="InvalidOperationException">Kept and dropped do not add up to read.</exception>
    public TokenLedger ToTokenLedger()
    {
        var ledger = new TokenLedger
        {
            Documents = _documents,
            DocumentsWithoutPieces = _documentsWithoutPieces,
            TokensRead = _read,
            TokensKept = _kept,
            TokensDroppedTooShort = _tooShort,
            TokensDroppedTail = _tail,
            TokensOverlapping = _overlapping,
            Targets = _targets,
            EndOfTextKept = _endOfTextKept,
            DocumentsPruned = _documentsPruned > 0 ? _documentsPruned : null,
            TokensDroppedPruned = _documentsPruned > 0 ? _pruned : null,
            Buckets = [.. Enumerable.Range(0, _pieces.Length)
                .Where(exponent => _pieces[exponent] > 0)
                .Select(exponent => new TokenLedgerBucket { Exponent = exponent, Pieces = _pieces[exponent] })],
        };
        return ledger.Closes()
            ? ledger
            : throw new InvalidOperationException($"The ledger does not close: read '{_read}', kept {_kept}, too short {_tooShort}, tails {_tail}, left out {_pruned}.");
    }

    /// <summary>Counts a document; the number of its ids that are kept.</summary>
    internal long Add(long length, List<Piece> pieces)
    {
        _documents++;
        _read += length;
        if (pieces.Count == 0)
        {
            _documentsWithoutPieces++;
            _tooShort += length;
            return 0;
        }

        // Pieces leave no gaps between them, so what is kept is a prefix of the document.
        var stored = 0L;
        foreach (var piece in pieces)
        {
            stored += _decomposer.CountIds(piece);
            _targets += Math.Min(piece.Length, length - 1 - piece.Start);
            _pieces[piece.Exponent]++;
        }

        var last = pieces[^1];
        var kept = _decomposer.EndOf(last);
        _kept += kept;
        _tail += length - kept;
        _overlapping += stored - kept;
        _endOfTextKept += LastIdIsTarget(length, pieces) ? 1 : 0;
        return kept;
    }

    /// <summary>Counts a document that clustering left out.</summary>
    internal void AddPruned(long length)
    {
        _documents++;
        _documentsWithoutPieces++;
        _documentsPruned++;
        _read += length;
        _pruned += length;
    }

    private static bool LastIdIsTarget(long length, List<Piece> pieces)
    {
        // Targets of a piece are the ids 1 to 2^k behind its start. A last piece of one input has no target of its own
        // when it ends the document, but then the piece in front of it has that id as its last target.
        var last = pieces[^1];
        var lastInput = last.Start + last.Length - 1;
        return lastInput + 1 == length - 1
            || (lastInput == length - 1 && (last.Length > 1 || pieces.Count > 1));
    }
}
