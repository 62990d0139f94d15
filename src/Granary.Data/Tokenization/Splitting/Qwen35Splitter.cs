namespace Granary.Data.Tokenization.Splitting;

/// <summary>The words of Qwen 3.5: Qwen 2's with combining marks among the letters.</summary>
internal sealed class Qwen35Splitter : WordSplitter
{
    internal const string Regex = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <inheritdoc/>
    internal override string Name => "qwen-3.5";

    /// <inheritdoc/>
    internal override string? Pattern => Regex;

    /// <inheritdoc/>
    protected override int MostDigits => 1;

    /// <inheritdoc/>
    protected override bool JoinsMarks => true;
}
