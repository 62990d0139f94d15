using Granary.Core.Configuration;
using Granary.Data.Tokenization;

namespace Granary.Training.Objectives.Rewriting;

/// <summary>
/// Mask-enhanced autoregressive prediction: some inputs are hidden behind a mask token, and every position still predicts
/// the original token behind it (Zhuang et al., arXiv 2502.07490).
/// </summary>
public sealed record MeapConfig : RewritingConfig
{
    /// <summary>What <c>type:</c> says.</summary>
    public const string Name = "meap";

    /// <summary>Share of each row's inputs that are masked. Default 0.15; 0 masks none.</summary>
    public double MaskShare { get; init; } = 0.15;

    /// <summary>What stands in their place. Default &lt;|mask|&gt;.</summary>
    public string MaskToken { get; init; } = "<|mask|>";

    /// <inheritdoc/>
    public override string TypeName => Name;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> OwnTokens => [MaskToken];

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(MaskShare is >= 0 and < 1, $"{path}.mask_share", MaskShare, "0 (none) or more and below 1");
        errors.Require(MaskToken.Length > 0, $"{path}.mask_token", MaskToken, "a token's text");
    }

    /// <inheritdoc/>
    internal override IRowRewriter BuildRewriter(Tokenizer tokenizer) => new MaskRewriter(MaskShare, IdOf(tokenizer, MaskToken));
}
