using Granary.Core.Configuration;
using Granary.Models.Attention;
using Granary.Models.Decoder;

namespace Granary.Models.Gpt2;

/// <summary>GPT-2: LayerNorm, learned positions, GELU, biases (Radford et al., 2019).</summary>
public sealed record Gpt2Config : DecoderConfig
{
    /// <summary>What <c>type:</c> says.</summary>
    public const string Name = "gpt2";

    /// <summary>Inner width. Default 0: four times hidden_size.</summary>
    public int IntermediateSize { get; init; }

    /// <summary>What is added under the root of a norm. Default 1e-5.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>"gelu_new" (tanh approximation, GPT-2's own) or "gelu" (exact). Default "gelu_new".</summary>
    public string ActivationFunction { get; init; } = "gelu_new";

    /// <summary>Whether the head is the embedding table. Default true.</summary>
    public bool TieWordEmbeddings { get; init; } = true;

    /// <inheritdoc/>
    public override DecoderSpec ToSpec(int vocabulary)
    {
        return new DecoderSpec
        {
            VocabSize = VocabSize > 0 ? VocabSize : vocabulary,
            HiddenSize = HiddenSize,
            NumHiddenLayers = NumHiddenLayers,
            Attention = new AttentionShape(NumAttentionHeads, NumAttentionHeads, HiddenSize / NumAttentionHeads),
            IntermediateSize = IntermediateSize > 0 ? IntermediateSize : 4 * HiddenSize,
            MaxPositionEmbeddings = MaxPositionEmbeddings,
            UsesLayerNorm = true,
            NormEpsilon = LayerNormEpsilon,
            LearnsPositions = true,
            Activation = ActivationFunction == "gelu" ? DecoderActivation.Gelu : DecoderActivation.GeluTanh,
            HasBias = true,
            TieWordEmbeddings = TieWordEmbeddings,
            InitializerRange = InitializerRange,
            ScalesResidualInit = true,
        };
    }

    /// <inheritdoc/>
    public override IStateNames StateNames() => new Gpt2StateNames();

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(IntermediateSize >= 0, $"{path}.intermediate_size", IntermediateSize, "0 (four times hidden_size) or more");
        errors.Require(LayerNormEpsilon > 0, $"{path}.layer_norm_epsilon", LayerNormEpsilon, "greater than 0");
        errors.Require(ActivationFunction is "gelu_new" or "gelu", $"{path}.activation_function", ActivationFunction, "'gelu_new' or 'gelu'");
    }
}
