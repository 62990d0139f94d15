using Granary.Core.Configuration;
using Granary.Data.Tokenization;

namespace Granary.Training.Objectives.Rewriting;

/// <summary>
/// Fill in the middle: some documents are cut in three at two characters, and the middle is written last
/// (Bavarian et al., arXiv 2207.14255).
/// </summary>
public sealed record FimConfig : RewritingConfig
{
    /// <summary>What <c>type:</c> says.</summary>
    public const string Name = "fim";

    /// <summary>Share of documents that are cut. Default 0.5; 0 cuts none.</summary>
    public double FimRate { get; init; } = 0.5;

    /// <summary>Share of them written suffix first: [prefix] [suffix] s [middle] p m in place of [prefix] p [suffix] s [middle] m. Default 0.5.</summary>
    public double SpmRate { get; init; } = 0.5;

    /// <summary>The token before the prefix.</summary>
    public string PrefixToken { get; init; } = "<|fim_prefix|>";

    /// <summary>The token before the middle.</summary>
    public string MiddleToken { get; init; } = "<|fim_middle|>";

    /// <summary>The token before the suffix.</summary>
    public string SuffixToken { get; init; } = "<|fim_suffix|>";

    /// <inheritdoc/>
    public override string TypeName => Name;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> OwnTokens => [PrefixToken, MiddleToken, SuffixToken];

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(FimRate is >= 0 and <= 1, $"{path}.fim_rate", FimRate, "from 0 (none) to 1 (all)");
        errors.Require(SpmRate is >= 0 and <= 1, $"{path}.spm_rate", SpmRate, "from 0 to 1");
        errors.Require(OwnTokens.Distinct().Count() == OwnTokens.Count && OwnTokens.All(token => token.Length > 0), $"{path}.prefix_token", PrefixToken, "different from middle_token and suffix_token, and none of them empty");
    }

    /// <inheritdoc/>
    internal override IRowRewriter BuildRewriter(Tokenizer tokenizer)
    {
        return new MiddleRewriter(this, tokenizer, IdOf(tokenizer, PrefixToken), IdOf(tokenizer, MiddleToken), IdOf(tokenizer, SuffixToken));
    }
}
