using Granary.Core.Configuration;
using Granary.Models.Attention;
using Granary.Models.Decoder;

namespace Granary.Models.Llama;

/// <summary>Llama: RMSNorm, rotary positions, SwiGLU, grouped key heads (Touvron et al., arXiv 2302.13971 and 2307.09288).</summary>
public sealed record LlamaConfig : DecoderConfig
{
    /// <summary>What <c>type:</c> says.</summary>
    public const string Name = "llama";

    private const int IntermediateMultiple = 64;

    /// <summary>Key and value heads, which divide num_attention_heads. Default 0: as many as query heads.</summary>
    public int NumKeyValueHeads { get; init; }

    /// <summary>Inner width. Default 0: 8/3 of hidden_size, rounded up to a multiple of 64.</summary>
    public int IntermediateSize { get; init; }

    /// <summary>What is added under the root of a norm. Default 1e-5.</summary>
    public double RmsNormEps { get; init; } = 1e-5;

    /// <summary>Base of the rotary angles. Default 10,000.</summary>
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>Whether the attention projections have biases. Default false.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the head is the embedding table. Default false.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <inheritdoc/>
    public override DecoderSpec ToSpec(int vocabulary)
    {
        var keyHeads = NumKeyValueHeads > 0 ? NumKeyValueHeads : NumAttentionHeads;
        return new DecoderSpec
        {
            VocabSize = VocabSize > 0 ? VocabSize : vocabulary,
            HiddenSize = HiddenSize,
            NumHiddenLayers = NumHiddenLayers,
            Attention = new AttentionShape(NumAttentionHeads, keyHeads, HiddenSize / NumAttentionHeads),
            IntermediateSize = IntermediateSize > 0 ? IntermediateSize : RoundedUp(HiddenSize * 8 / 3),
            MaxPositionEmbeddings = MaxPositionEmbeddings,
            UsesLayerNorm = false,
            NormEpsilon = RmsNormEps,
            LearnsPositions = false,
            RopeTheta = RopeTheta,
            Activation = DecoderActivation.SwiGlu,
            HasBias = false,
            HasAttentionBias = AttentionBias,
            TieWordEmbeddings = TieWordEmbeddings,
            InitializerRange = InitializerRange,
            ScalesResidualInit = false,
        };
    }

    /// <inheritdoc/>
    public override IStateNames StateNames() => new LlamaStateNames();

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(
            NumKeyValueHeads >= 0 && (NumKeyValueHeads == 0 || NumAttentionHeads % NumKeyValueHeads == 0), $"{path}.num_key_value_heads", NumKeyValueHeads, $"0 (as many as query heads) or a divisor of num_attention_heads ({NumAttentionHeads})");
        errors.Require(NumAttentionHeads <= 0 || HiddenSize / Math.Max(1, NumAttentionHeads) % 2 == 0, $"{path}.hidden_size", HiddenSize, "an even number of dims for each head");
        errors.Require(IntermediateSize >= 0, $"{path}.intermediate_size", IntermediateSize, "0 (8/3 of hidden_size) or more");
        errors.Require(RmsNormEps > 0, $"{path}.rms_norm_eps", RmsNormEps, "greater than 0");
        errors.Require(RopeTheta > 0, $"{path}.rope_theta", RopeTheta, "greater than 0");
    }

    private static int RoundedUp(int width)
    {
        return (width + IntermediateMultiple - 1) / IntermediateMultiple * IntermediateMultiple;
    }
}
