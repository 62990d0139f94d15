using Granary.Core.Configuration;
using Granary.Data.Tokenization.Splitting;

namespace Granary.Data.Tokenization;

/// <summary>Where a run's tokenizer comes from: trained on its text, fixed by rule, or read from a file.</summary>
public sealed record TokenizerConfig : IConfigSection
{
    /// <summary>The <see cref="Type"/> that learns merges from text.</summary>
    public const string Bpe = "bpe";

    /// <summary>The <see cref="Type"/> whose 256 ids are the bytes themselves.</summary>
    public const string Bytes = "bytes";

    /// <summary>The <see cref="Type"/> whose ids are characters met in the text.</summary>
    public const string Characters = "characters";

    /// <summary>The <see cref="Type"/> that reads a tokenizer.json.</summary>
    public const string FromFile = "file";

    private const int ByteCount = 256;

    /// <summary>The names that <see cref="Splitter"/> can have.</summary>
    public static IEnumerable<string> Splitters => SplitterFamilies.Names;

    /// <summary>"bpe" learns merges, "bytes" takes bytes as ids, "characters" takes characters, "file" reads a tokenizer.json. Default "bpe".</summary>
    public string Type { get; init; } = Bpe;

    /// <summary>Entries of the vocabulary at most, special tokens included; used by "bpe" and "characters". Default 32,000.</summary>
    public int VocabSize { get; init; } = 32_000;

    /// <summary>Tokens that stand for themselves in the text; "bpe" gives them the first ids. Default one, <c>&lt;|endoftext|&gt;</c>.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = ["<|endoftext|>"];

    /// <summary>How often a pair must occur to be merged. Default 0, which merges pairs that occur once.</summary>
    public long MinFrequency { get; init; }

    /// <summary>Bytes that a merged token stays below; pairs of single bytes are always allowed. Default null: no limit.</summary>
    public int? MaxTokenLength { get; init; }

    /// <summary>How text is cut into words before merging, by the name of the family whose pattern does it. Default "gpt-2".</summary>
    public string Splitter { get; init; } = "gpt-2";

    /// <summary>Whether all 256 bytes are in the vocabulary even if the text lacks some, so that any text can be encoded. Default true.</summary>
    public bool FullAlphabet { get; init; } = true;

    /// <summary>The tokenizer.json of type "file"; null for the other types.</summary>
    public string? File { get; init; }

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Type is Bpe or Bytes or Characters or FromFile, $"{path}.type", Type, "'bpe', 'bytes', 'characters' or 'file'");
        errors.Require((Type == FromFile) == (File is not null), $"{path}.file", File, "given for type 'file' and left out for other types");
        errors.Require(MinFrequency >= 0, $"{path}.min_frequency", MinFrequency, "0 or more");
        errors.Require(MaxTokenLength is null or > 0, $"{path}.max_token_length", MaxTokenLength, "greater than 0 or left out");
        errors.Require(
            SplitterFamilies.FindByName(Splitter) is not null,
            $"{path}.splitter",
            Splitter,
            string.Join(", ", Splitters.Select(name => $"'{name}'")));
        errors.Require(
            SpecialTokens.All(token => token.Length > 0) && SpecialTokens.Distinct().Count() == SpecialTokens.Count,
            $"{path}.special_tokens",
            string.Join(", ", SpecialTokens),
            "a list of texts, none empty and none twice");
        var fewest = SpecialTokens.Count + ByteCount;
        errors.Require(
            Type is not (Bpe or Characters) || (VocabSize >= fewest && VocabSize <= Tokenizer.HighestId),
            $"{path}.vocab_size",
            VocabSize,
            $"{fewest} (256 bytes and the special tokens) or more, and at most {Tokenizer.HighestId}");
    }
}
