using Granary.Core.Configuration;
using Granary.Data.Tokenization;
using Granary.Models.Language;

namespace Granary.Training.Objectives.Hiding;

/// <summary>
/// MLM-U: of each row a share drawn uniformly is hidden, and the model predicts the hidden tokens from the visible ones
/// (Nolte et al., arXiv 2412.05117; Kitouni et al., arXiv 2406.05183; with a mask token, Nie et al., arXiv 2502.09992).
/// </summary>
public sealed record MlmUConfig : ObjectiveConfig
{
    /// <summary>What <c>type:</c> says.</summary>
    public const string Name = "mlm-u";

    /// <summary>How positions are hidden: query (for model past) or mask-token (for decoders, which then read both ways). Default query.</summary>
    public HiddenForm Hidden { get; init; } = HiddenForm.Query;

    /// <summary>What the loss is a mean of: token, row or elbo. Default token, as the maze paper.</summary>
    public HiddenNorm Norm { get; init; } = HiddenNorm.Token;

    /// <summary>Share of positions that are hidden, greater than 0 and at most 1. Default null: drawn uniformly from 0 to 1 for each row.</summary>
    public double? Rate { get; init; }

    /// <summary>What stands in the place of hidden positions with mask-token. Default &lt;|mask|&gt;.</summary>
    public string MaskToken { get; init; } = "<|mask|>";

    /// <inheritdoc/>
    public override string TypeName => Name;

    /// <inheritdoc/>
    public override bool ReadsLeftToRight => false;

    /// <inheritdoc/>
    public override ModelNeeds Needs => new(QueriesHidden: Hidden == HiddenForm.Query);

    /// <inheritdoc/>
    public override IReadOnlyList<string> SpecialTokens => Hidden == HiddenForm.MaskToken ? [MaskToken] : [];

    /// <inheritdoc/>
    public override IObjective Build(Tokenizer? tokenizer = null)
    {
        if (Hidden == HiddenForm.Query)
        {
            return BuildFor(maskId: null);
        }

        ArgumentNullException.ThrowIfNull(tokenizer);
        return BuildFor(IdOf(tokenizer, MaskToken));
    }

    /// <summary>The same for ids of another making than a tokenizer's.</summary>
    /// <param name="maskId">The id that stands in the place of hidden positions; null for query.</param>
    public IObjective BuildFor(long? maskId)
    {
        return new MlmUObjective(new HiddenPositions(Rate), Norm, Rate, maskId);
    }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Rate is null or (> 0 and <= 1), $"{path}.rate", Rate, "a share greater than 0 and at most 1; leave it out for one drawn for each row");
        errors.Require(MaskToken.Length > 0, $"{path}.mask_token", MaskToken, "a token's text");
    }
}
