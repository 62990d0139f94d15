namespace Granary.Data.Shards;

/// <summary>How many pieces, or packed rows, of one length there are.</summary>
public sealed record TokenLedgerBucket
{
    /// <summary>Pieces hold 2 to this power input ids.</summary>
    public required int Exponent { get; init; }

    /// <summary>Pieces of that length.</summary>
    public required long Pieces { get; init; }

    /// <summary>Input ids in all of them.</summary>
    public long CountTokens()
    {
        return Pieces << Exponent;
    }
}
