namespace Granary.Data.Shards;

/// <summary>One of the sources a set's documents come from, and where its tokens went.</summary>
public sealed record ShardSource
{
    /// <summary>The source's name, such as a file's.</summary>
    public required string Name { get; init; }

    /// <summary>Documents read from it.</summary>
    public required long Documents { get; init; }

    /// <summary>Token ids read from it, ends of text included.</summary>
    public required long TokensRead { get; init; }

    /// <summary>Of those, ids that lie in at least one piece.</summary>
    public required long TokensKept { get; init; }

    /// <summary>Of those, ids that were dropped, for whatever reason.</summary>
    public required long TokensDropped { get; init; }

    /// <summary>Whether the documents, read, kept and dropped tokens of the sources add up to the ledger's.</summary>
    internal static bool AddUp(IReadOnlyList<ShardSource> sources, TokenLedger ledger)
    {
        return sources.All(source => source.TokensKept + source.TokensDropped == source.TokensRead)
            && sources.Sum(source => source.Documents) == ledger.Documents
            && sources.Sum(source => source.TokensRead) == ledger.TokensRead
            && sources.Sum(source => source.TokensKept) == ledger.TokensKept;
    }
}
