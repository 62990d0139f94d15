namespace Granary.Data.Shards;

/// <summary>Where every token of the input went: kept + dropped = read.</summary>
public sealed record TokenLedger
{
    /// <summary>Documents read.</summary>
    public required long Documents { get; init; }

    /// <summary>Documents none of whose ids lie in a row: too short for a piece, in a dropped remainder, empty, or left out by clustering.</summary>
    public required long DocumentsWithoutPieces { get; init; }

    /// <summary>Token ids read, ends of text included.</summary>
    public required long TokensRead { get; init; }

    /// <summary>Ids that lie in at least one piece, each counted once.</summary>
    public required long TokensKept { get; init; }

    /// <summary>Ids of documents too short to give a piece.</summary>
    public required long TokensDroppedTooShort { get; init; }

    /// <summary>Ids behind the last piece of their document, or behind the last whole row of their source's stream.</summary>
    public required long TokensDroppedTail { get; init; }

    /// <summary>Ids that lie in a second piece as well: shared borders and last pieces moved back to their document's end.</summary>
    public required long TokensOverlapping { get; init; }

    /// <summary>Positions that have a target in their own document; a row without a next token has one fewer than ids.</summary>
    public required long Targets { get; init; }

    /// <summary>Documents whose last id, the end of text, is a target.</summary>
    public required long EndOfTextKept { get; init; }

    /// <summary>Of packed rows: positions filled up with padding, which no document has; null for pieces.</summary>
    public long? TokensPadding { get; init; }

    /// <summary>Of packed rows: documents that lie in more than one row, or in one and a dropped remainder; null for pieces.</summary>
    public long? DocumentsSplit { get; init; }

    /// <summary>Documents that clustering left out; null where none was.</summary>
    public long? DocumentsPruned { get; init; }

    /// <summary>Ids of documents that clustering left out; null where none was.</summary>
    public long? TokensDroppedPruned { get; init; }

    /// <summary>Pieces by length, shortest first; lengths that occur in no document are left out.</summary>
    public required IReadOnlyList<TokenLedgerBucket> Buckets { get; init; }

    /// <summary>Whether every token read is either kept or counted as dropped.</summary>
    public bool Closes()
    {
        return TokensKept + TokensDroppedTooShort + TokensDroppedTail + (TokensDroppedPruned ?? 0) == TokensRead;
    }

    /// <summary>The ledger of two inputs together.</summary>
    public static TokenLedger operator +(TokenLedger left, TokenLedger right)
    {
        return new TokenLedger
        {
            Documents = left.Documents + right.Documents,
            DocumentsWithoutPieces = left.DocumentsWithoutPieces + right.DocumentsWithoutPieces,
            TokensRead = left.TokensRead + right.TokensRead,
            TokensKept = left.TokensKept + right.TokensKept,
            TokensDroppedTooShort = left.TokensDroppedTooShort + right.TokensDroppedTooShort,
            TokensDroppedTail = left.TokensDroppedTail + right.TokensDroppedTail,
            TokensOverlapping = left.TokensOverlapping + right.TokensOverlapping,
            Targets = left.Targets + right.Targets,
            EndOfTextKept = left.EndOfTextKept + right.EndOfTextKept,
            TokensPadding = left.TokensPadding + right.TokensPadding,
            DocumentsSplit = left.DocumentsSplit + right.DocumentsSplit,
            DocumentsPruned = AddPruned(left.DocumentsPruned, right.DocumentsPruned),
            TokensDroppedPruned = AddPruned(left.TokensDroppedPruned, right.TokensDroppedPruned),
            Buckets = [.. left.Buckets.Concat(right.Buckets)
                .GroupBy(bucket => bucket.Exponent)
                .OrderBy(group => group.Key)
                .Select(group => new TokenLedgerBucket { Exponent = group.Key, Pieces = group.Sum(bucket => bucket.Pieces) })],
        };
    }

    private static long? AddPruned(long? left, long? right)
    {
        return left is null ? right : left + (right ?? 0);
    }
}
