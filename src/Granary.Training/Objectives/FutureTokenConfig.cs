using Granary.Core.Configuration;
using Granary.Data.Tokenization;
using Granary.Models.Ahead;
using Granary.Models.Language;

namespace Granary.Training.Objectives;

/// <summary>
/// Future token prediction: a small decoder says the tokens behind a position, each told the ones before it, from that
/// position's state alone (Walker, arXiv 2410.18160). The state has to hold what is to come, not the next token only.
/// </summary>
public sealed record FutureTokenConfig : ObjectiveConfig
{
    /// <summary>What <c>type:</c> says.</summary>
    public const string Name = "future-token";

    /// <summary>Tokens said from each position, the next one included. Default 8.</summary>
    public int Tokens { get; init; } = 8;

    /// <summary>The weight of a token's loss is gamma^(n-1) for the n-th token. Default 0.8; 1 weighs all alike.</summary>
    public double Gamma { get; init; } = 0.8;

    /// <summary>Blocks of the small decoder. Default 3.</summary>
    public int DecoderLayers { get; init; } = 3;

    /// <summary>Vectors that a position's state is expanded to. Default 12.</summary>
    public int PseudoTokens { get; init; } = 12;

    /// <summary>Of how many positions one is asked, the first of a row among them. Default 1: all; the decoder's cost falls with it.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>
    /// Weight of the plain next-token loss beside the decoder's. Default 1: the main head, which evaluation, sampling and
    /// export use, learns too. 0 is the paper's form: the trunk learns from the decoder alone and the main head is not trained.
    /// </summary>
    public double MainWeight { get; init; } = 1;

    /// <inheritdoc/>
    public override string TypeName => Name;

    /// <inheritdoc/>
    public override ModelNeeds Needs => new(new AheadSpec(AheadKind.Future, Tokens, new FutureSpec(DecoderLayers, PseudoTokens, Stride)));

    /// <inheritdoc/>
    public override IObjective Build(Tokenizer? tokenizer = null) => new FutureTokenObjective(Tokens, Gamma, Stride, MainWeight);

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Tokens >= 1, $"{path}.tokens", Tokens, "1 or more");
        errors.Require(Gamma is > 0 and <= 1, $"{path}.gamma", Gamma, "above 0 and at most 1");
        errors.Require(DecoderLayers >= 1, $"{path}.decoder_layers", DecoderLayers, "1 or more");
        errors.Require(PseudoTokens >= 1, $"{path}.pseudo_tokens", PseudoTokens, "1 or more");
        errors.Require(Stride >= 1, $"{path}.stride", Stride, "1 (every position) or more");
        errors.Require(MainWeight >= 0 && double.IsFinite(MainWeight), $"{path}.main_weight", MainWeight, "0 (the main head is not trained) or more");
    }
}
