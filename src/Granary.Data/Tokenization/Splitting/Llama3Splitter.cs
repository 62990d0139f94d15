namespace Granary.Data.Tokenization.Splitting;

/// <summary>The words of Llama 3, OLMo 2 and of cl100k's tokenizer.json files.</summary>
/// <remarks>tiktoken's own pattern for cl100k is refused: its possessive quantifiers mean something else to the format's engine.</remarks>
internal sealed class Llama3Splitter : WordSplitter
{
    internal const string Regex = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <inheritdoc/>
    internal override string Name => "llama-3";

    /// <inheritdoc/>
    internal override string? Pattern => Regex;
}
