namespace Granary.Data.Tokenization;

/// <summary>How a tokenizer cuts the text of one source.</summary>
public sealed record TokenizerSourceReport
{
    /// <summary>The source's name.</summary>
    public required string Name { get; init; }

    /// <summary>Bytes of text read.</summary>
    public required long Bytes { get; init; }

    /// <summary>Words of the text: what stands between white space, whatever the tokenizer's own pattern cuts.</summary>
    public required long Words { get; init; }

    /// <summary>Tokens that the text became.</summary>
    public required long Tokens { get; init; }

    /// <summary>Words that are one token behind a space.</summary>
    public required long SingleTokenWords { get; init; }

    /// <summary>Entries of the vocabulary that occurred in the text.</summary>
    public required int UsedEntries { get; init; }

    /// <summary>Entries of the vocabulary.</summary>
    public required int Entries { get; init; }

    /// <summary>Tokens that a word takes on average, white space included; 0 for an empty text.</summary>
    public double TokensPerWord => Ratio(Tokens, Words);

    /// <summary>Tokens that a byte takes on average; 0 for an empty text.</summary>
    public double TokensPerByte => Ratio(Tokens, Bytes);

    /// <summary>Bytes that a token stands for on average; 0 for an empty text.</summary>
    public double BytesPerToken => Ratio(Bytes, Tokens);

    /// <summary>The share of words that are one token, from 0 to 1.</summary>
    public double SingleTokenShare => Ratio(SingleTokenWords, Words);

    /// <summary>The share of the vocabulary that occurred, from 0 to 1.</summary>
    public double UsedShare => Ratio(UsedEntries, Entries);

    private static double Ratio(long part, long whole)
    {
        return whole == 0 ? 0 : (double)part / whole;
    }
}
