namespace Granary.Data.Tokenization;

/// <summary>How well a vocabulary fits texts: the numbers behind the choice of a tokenizer.</summary>
public sealed record TokenizerReport
{
    /// <summary>Entries of the vocabulary, added tokens included.</summary>
    public required int Entries { get; init; }

    /// <summary>Entries that no word can give, because the merges lead elsewhere; by rising id.</summary>
    public required IReadOnlyList<int> UnreachableIds { get; init; }

    /// <summary>The entries that stand for the most bytes, the longest first; added tokens are left out.</summary>
    public required IReadOnlyList<int> LongestIds { get; init; }

    /// <summary>The sources, in the order in which they came.</summary>
    public required IReadOnlyList<TokenizerSourceReport> Sources { get; init; }

    /// <summary>All sources together.</summary>
    public required TokenizerSourceReport Total { get; init; }

    /// <summary>
    /// How many times the tokens of the best source a source takes for the same number of bytes: 1 for the best itself, and
    /// 0 for an empty one.
    /// </summary>
    public double ParityOf(TokenizerSourceReport source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Tokens == 0 ? 0 : source.TokensPerByte / Sources.Where(other => other.Tokens > 0).Min(other => other.TokensPerByte);
    }
}
