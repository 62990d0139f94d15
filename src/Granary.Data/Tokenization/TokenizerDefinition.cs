using Granary.Data.Tokenization.Splitting;

namespace Granary.Data.Tokenization;

/// <summary>Everything about a tokenizer that decides ids and text: what a tokenizer.json says, in our own words.</summary>
internal sealed record TokenizerDefinition
{
    /// <summary>The vocabulary that merges work on, without tokens that were added to it.</summary>
    public required IReadOnlyDictionary<string, int> Vocabulary { get; init; }

    /// <summary>The pairs that merge, the earliest first.</summary>
    public required IReadOnlyList<(string Left, string Right)> Merges { get; init; }

    /// <summary>Tokens that are found in the text as they stand, by rising id.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>Whether text is brought into Normalization Form C first.</summary>
    public bool NormalizesToNfc { get; init; }

    /// <summary>How text is cut into words.</summary>
    public required Splitter Splitter { get; init; }

    /// <summary>Whether symbols are bytes, written in the alphabet of <see cref="ByteLevelAlphabet"/>; else characters.</summary>
    public required bool IsByteLevel { get; init; }

    /// <summary>Whether a piece of text that does not begin with a space gets one.</summary>
    public bool AddsPrefixSpace { get; init; }

    /// <summary>The token for characters outside the vocabulary; null drops them.</summary>
    public string? UnknownToken { get; init; }

    /// <summary>Whether neighbouring unknown characters become one unknown token.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>Whether characters outside the vocabulary become tokens of their bytes, where those exist.</summary>
    public bool FallsBackToBytes { get; init; }

    /// <summary>Whether a word that is in the vocabulary is one token, even if no merges lead there.</summary>
    public bool IgnoresMerges { get; init; }

    /// <summary>Tokens that stand before a text when special tokens are asked for.</summary>
    public IReadOnlyList<string> Prefix { get; init; } = [];

    /// <summary>Tokens that stand after a text when special tokens are asked for.</summary>
    public IReadOnlyList<string> Suffix { get; init; } = [];
}
