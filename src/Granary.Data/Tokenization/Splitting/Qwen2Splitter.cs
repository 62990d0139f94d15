namespace Granary.Data.Tokenization.Splitting;

/// <summary>The words of Qwen 2, 2.5 and 3: Llama 3's with every digit alone.</summary>
internal sealed class Qwen2Splitter : WordSplitter
{
    internal const string Regex = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <inheritdoc/>
    internal override string Name => "qwen-2";

    /// <inheritdoc/>
    internal override string? Pattern => Regex;

    /// <inheritdoc/>
    protected override int MostDigits => 1;
}
