using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Models.Ahead;
using Granary.Models.Attention;
using Granary.Models.Language;
using Granary.Models.Layers;

namespace Granary.Models.Past;

/// <summary>
/// The encoder-decoder of the maze paper (Nolte et al., arXiv 2412.05117): the encoder reads what is visible, and the
/// decoder is asked at every position by one learned query that knows nothing but where it stands. num_hidden_layers
/// counts the blocks of each of the two.
/// </summary>
public sealed record PastConfig : ModelConfig
{
    /// <summary>What <c>type:</c> says.</summary>
    public const string Name = "past";

    /// <summary>
    /// Whether every block of the decoder reads the finished encoder, else block l reads what block l of the encoder made.
    /// Default true.
    /// </summary>
    public bool StackEncDec { get; init; } = true;

    /// <summary>What is added under the root of a norm. Default 1e-5.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>Base of the rotary angles. Default 10,000.</summary>
    public double RopeTheta { get; init; } = 10_000;

    /// <inheritdoc/>
    public override string? Refuses(ModelNeeds needs)
    {
        if (needs.Ahead is { Tokens: > 1 })
        {
            return "a past model has no heads for tokens further ahead";
        }

        return needs.QueriesHidden
            ? null
            : "a past model is asked by a query that does not know its own token, which only 'mlm-u' with 'hidden: query' does; train a decoder (llama, gpt2) with the others";
    }

    /// <inheritdoc/>
    public override PastSpec SpecOf(int vocabulary, AheadSpec? ahead)
    {
        return new PastSpec
        {
            VocabSize = VocabSize > 0 ? VocabSize : vocabulary,
            HiddenSize = HiddenSize,
            NumHiddenLayers = NumHiddenLayers,
            Attention = new AttentionShape(NumAttentionHeads, NumAttentionHeads, HiddenSize / NumAttentionHeads),
            MaxPositionEmbeddings = MaxPositionEmbeddings,
            LearnsPositions = false,
            StackEncDec = StackEncDec,
            NormEpsilon = LayerNormEps,
            RopeTheta = RopeTheta,
            InitializerRange = InitializerRange,
        };
    }

    /// <inheritdoc/>
    public override PastModel Build(int vocabulary, AheadSpec? ahead, RandomKey? key, ILayerKernels kernels)
    {
        return new PastModel(SpecOf(vocabulary, ahead), key, kernels);
    }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(NumAttentionHeads <= 0 || HiddenSize / Math.Max(1, NumAttentionHeads) % 2 == 0, $"{path}.hidden_size", HiddenSize, "an even number of dims for each head");
        errors.Require(LayerNormEps > 0, $"{path}.layer_norm_eps", LayerNormEps, "greater than 0");
        errors.Require(RopeTheta > 0, $"{path}.rope_theta", RopeTheta, "greater than 0");
    }
}
