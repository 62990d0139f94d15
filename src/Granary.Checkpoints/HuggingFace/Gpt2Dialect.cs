using System.Text.Json;
using Granary.Models.Decoder;
using Granary.Models.Gpt2;

namespace Granary.Checkpoints.HuggingFace;

/// <summary>GPT-2's words: n_embd, n_layer and their like.</summary>
internal sealed class Gpt2Dialect : ConfigDialect
{
    /// <inheritdoc/>
    public override string ModelType => "gpt2";

    /// <inheritdoc/>
    protected override string Architecture => "GPT2LMHeadModel";

    /// <inheritdoc/>
    protected override bool Speaks(DecoderConfig config) => config is Gpt2Config;

    /// <inheritdoc/>
    protected override DecoderConfig ReadOwn(ConfigKeys keys)
    {
        keys.Neutral("scale_attn_weights", "true");
        keys.Neutral("scale_attn_by_inverse_layer_idx", "false");
        keys.Neutral("reorder_and_upcast_attn", "false");
        keys.Neutral("add_cross_attention", "false");
        keys.Ignore("n_ctx", "summary_type", "summary_use_proj", "summary_activation", "summary_proj_to_labels", "summary_first_dropout");
        var width = keys.Count("n_embd", fallback: 768);
        var activation = keys.Word("activation_function", "gelu_new", "gelu_pytorch_tanh", "gelu");
        return new Gpt2Config
        {
            VocabSize = keys.Count("vocab_size"),
            HiddenSize = width,
            NumHiddenLayers = keys.Count("n_layer", fallback: 12),
            NumAttentionHeads = keys.Count("n_head", fallback: 12),
            MaxPositionEmbeddings = keys.Count("n_positions", fallback: 1_024),
            IntermediateSize = keys.Count("n_inner", fallback: 4 * width),
            ActivationFunction = activation == "gelu" ? "gelu" : "gelu_new",
            LayerNormEpsilon = keys.Positive("layer_norm_epsilon", fallback: 1e-5),
            InitializerRange = keys.Positive("initializer_range", fallback: 0.02),
            TieWordEmbeddings = keys.Flag("tie_word_embeddings", fallback: true),
        };
    }

    /// <inheritdoc/>
    protected override void WriteOwn(Utf8JsonWriter json, DecoderSpec spec)
    {
        json.WriteNumber("n_positions", spec.MaxPositionEmbeddings);
        json.WriteNumber("n_ctx", spec.MaxPositionEmbeddings);
        json.WriteNumber("n_embd", spec.HiddenSize);
        json.WriteNumber("n_layer", spec.NumHiddenLayers);
        json.WriteNumber("n_head", spec.Attention.Heads);
        json.WriteNumber("n_inner", spec.IntermediateSize);
        json.WriteString("activation_function", spec.Activation == DecoderActivation.Gelu ? "gelu" : "gelu_new");
        WriteReal(json, "layer_norm_epsilon", spec.NormEpsilon);
        WriteReal(json, "resid_pdrop", 0.0);
        WriteReal(json, "embd_pdrop", 0.0);
        WriteReal(json, "attn_pdrop", 0.0);
        json.WriteBoolean("scale_attn_weights", true);
    }
}
