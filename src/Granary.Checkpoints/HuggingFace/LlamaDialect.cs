using System.Text.Json;
using Granary.Models.Decoder;
using Granary.Models.Llama;

namespace Granary.Checkpoints.HuggingFace;

/// <summary>Llama's words.</summary>
internal sealed class LlamaDialect : ConfigDialect
{
    private const double DefaultTheta = 10_000;

    /// <inheritdoc/>
    public override string ModelType => "llama";

    /// <inheritdoc/>
    protected override string Architecture => "LlamaForCausalLM";

    /// <inheritdoc/>
    protected override bool Speaks(DecoderConfig config) => config is LlamaConfig;

    /// <inheritdoc/>
    protected override DecoderConfig ReadOwn(ConfigKeys keys)
    {
        keys.Neutral("mlp_bias", "false");
        keys.Neutral("partial_rotary_factor", "1");
        keys.Neutral("sliding_window");
        keys.Neutral("num_local_experts");
        keys.Neutral("num_experts");
        keys.Neutral("quantization_config");
        _ = keys.Word("hidden_act", "silu");
        keys.Ignore("pretraining_tp"); // splits the same products into parts
        var (width, heads) = (keys.Count("hidden_size", fallback: 4_096), keys.Count("num_attention_heads", fallback: 32));
        var headDim = Math.Max(1, width / heads);
        keys.Neutral("head_dim", $"{headDim}");
        return new LlamaConfig
        {
            VocabSize = keys.Count("vocab_size"),
            HiddenSize = width,
            NumHiddenLayers = keys.Count("num_hidden_layers", fallback: 32),
            NumAttentionHeads = heads,
            NumKeyValueHeads = keys.Count("num_key_value_heads", fallback: heads),
            MaxPositionEmbeddings = keys.Count("max_position_embeddings", fallback: 2_048),
            IntermediateSize = keys.Count("intermediate_size", fallback: 11_008),
            RmsNormEps = keys.Positive("rms_norm_eps", fallback: 1e-6),
            RopeTheta = ReadTheta(keys),
            AttentionBias = keys.Flag("attention_bias", fallback: false),
            InitializerRange = keys.Positive("initializer_range", fallback: 0.02),
            TieWordEmbeddings = keys.Flag("tie_word_embeddings", fallback: false),
        };
    }

    /// <inheritdoc/>
    protected override void WriteOwn(Utf8JsonWriter json, DecoderSpec spec)
    {
        json.WriteNumber("hidden_size", spec.HiddenSize);
        json.WriteNumber("intermediate_size", spec.IntermediateSize);
        json.WriteNumber("num_hidden_layers", spec.NumHiddenLayers);
        json.WriteNumber("num_attention_heads", spec.Attention.Heads);
        json.WriteNumber("num_key_value_heads", spec.Attention.KeyHeads);
        json.WriteNumber("head_dim", spec.Attention.HeadDim);
        json.WriteNumber("max_position_embeddings", spec.MaxPositionEmbeddings);
        json.WriteString("hidden_act", "silu");
        WriteReal(json, "rms_norm_eps", spec.NormEpsilon);
        WriteReal(json, "rope_theta", spec.RopeTheta);
        json.WriteNull("rope_scaling");
        json.WriteBoolean("attention_bias", spec.HasAttentionBias);
        json.WriteBoolean("mlp_bias", false);
        WriteReal(json, "attention_dropout", 0.0);
    }

    /// <summary>The base of the angles, which stands alone or, in later versions, beside the kind of rope.</summary>
    private static double ReadTheta(ConfigKeys keys)
    {
        var theta = keys.Positive("rope_theta", fallback: DefaultTheta);
        foreach (var key in new[] { "rope_scaling", "rope_parameters" })
        {
            if (keys.Section(key) is not { } rope)
            {
                continue;
            }

            var inner = new ConfigKeys(rope);
            _ = inner.Word("rope_type", "default");
            _ = inner.Word("type", "default");
            theta = inner.Positive("rope_theta", theta);
            if (inner.Faults.Count + inner.Warnings().Count > 0)
            {
                keys.Refuse(key, rope, "absent, null or of the rope_type 'default' with nothing but a rope_theta");
            }
        }

        return theta;
    }
}
