namespace Granary.Data.Tokenization.Splitting;

/// <summary>The words of SuperBPE's first stage: o200k's without contractions.</summary>
internal sealed class SuperBpeWordSplitter : WordSplitter
{
    internal const string Regex =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|" +
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|" +
        @"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <inheritdoc/>
    internal override string Name => "superbpe-words";

    /// <inheritdoc/>
    internal override string? Pattern => Regex;

    /// <inheritdoc/>
    protected override Contractions Contractions => Contractions.None;

    /// <inheritdoc/>
    protected override bool SplitsAtCapitals => true;

    /// <inheritdoc/>
    protected override bool ExtendsOverSlashes => true;
}
