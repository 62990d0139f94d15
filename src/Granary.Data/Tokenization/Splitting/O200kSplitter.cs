namespace Granary.Data.Tokenization.Splitting;

/// <summary>The words of o200k: a word ends before a capital, and takes its contraction along.</summary>
internal sealed class O200kSplitter : WordSplitter
{
    internal const string Regex =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|" +
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|" +
        @"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <inheritdoc/>
    internal override string Name => "o200k";

    /// <inheritdoc/>
    internal override string? Pattern => Regex;

    /// <inheritdoc/>
    protected override Contractions Contractions => Contractions.AtWordEnd;

    /// <inheritdoc/>
    protected override bool SplitsAtCapitals => true;

    /// <inheritdoc/>
    protected override bool ExtendsOverSlashes => true;
}
