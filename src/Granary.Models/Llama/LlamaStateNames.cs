using Granary.Models.Decoder;

namespace Granary.Models.Llama;

/// <summary>
/// Llama's names; queries, keys and values, gate and up are tensors of their own, which here are rows of one. Rotary
/// pairs are half against half on both sides, so no rows change places.
/// </summary>
internal sealed class LlamaStateNames : IStateNames
{
    private const string Prefix = "model.";
    private const string Head = "lm_head.weight";

    /// <inheritdoc/>
    public IReadOnlyList<StateSlice> Slices(DecoderSpec spec)
    {
        var slices = new List<StateSlice> { new(Prefix + "embed_tokens.weight", "embed_tokens", 0, spec.VocabSize) };
        for (var layer = 0; layer < spec.NumHiddenLayers; layer++)
        {
            AddLayer(slices, $"{Prefix}layers.{layer}.", $"layers.{layer}.", spec);
        }

        slices.Add(new StateSlice(Prefix + "norm.weight", "final_norm.weight", 0, spec.HiddenSize));
        if (!spec.TieWordEmbeddings)
        {
            slices.Add(new StateSlice(Head, "head", 0, spec.VocabSize));
        }

        return slices;
    }

    /// <inheritdoc/>
    public string? Canonical(string found)
    {
        // The rotary table, which older exports carry along; it follows from rope_theta.
        if (found.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal))
        {
            return null;
        }

        // Exports of the model without its head have no prefix.
        return found == Head || found.StartsWith(Prefix, StringComparison.Ordinal) ? found : Prefix + found;
    }

    private static void AddLayer(List<StateSlice> slices, string name, string own, DecoderSpec spec)
    {
        var (queries, keys) = (spec.Attention.QueryWidth, spec.Attention.KeyWidth);
        var hasBias = spec.HasAttentionBias;
        slices.Add(new StateSlice(name + "input_layernorm.weight", own + "attention_norm.weight", 0, spec.HiddenSize));
        AddLinear(slices, name + "self_attn.q_proj", own + "qkv", 0, queries, hasBias);
        AddLinear(slices, name + "self_attn.k_proj", own + "qkv", queries, keys, hasBias);
        AddLinear(slices, name + "self_attn.v_proj", own + "qkv", queries + keys, keys, hasBias);
        AddLinear(slices, name + "self_attn.o_proj", own + "attention_output", 0, spec.HiddenSize, hasBias);
        slices.Add(new StateSlice(name + "post_attention_layernorm.weight", own + "mlp_norm.weight", 0, spec.HiddenSize));
        AddLinear(slices, name + "mlp.gate_proj", own + "mlp_up", 0, spec.IntermediateSize, hasBias: false);
        AddLinear(slices, name + "mlp.up_proj", own + "mlp_up", spec.IntermediateSize, spec.IntermediateSize, hasBias: false);
        AddLinear(slices, name + "mlp.down_proj", own + "mlp_down", 0, spec.HiddenSize, hasBias: false);
    }

    private static void AddLinear(List<StateSlice> slices, string name, string own, long start, long rows, bool hasBias)
    {
        slices.Add(new StateSlice(name + ".weight", own + ".weight", start, rows));
        if (hasBias)
        {
            slices.Add(new StateSlice(name + ".bias", own + ".bias", start, rows));
        }
    }
}
