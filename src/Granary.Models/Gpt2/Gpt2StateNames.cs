using Granary.Models.Decoder;

namespace Granary.Models.Gpt2;

/// <summary>GPT-2's names; its projections are Conv1D, whose weights are [in, out].</summary>
internal sealed class Gpt2StateNames : IStateNames
{
    private const string Prefix = "transformer.";
    private const string Head = "lm_head.weight";

    /// <inheritdoc/>
    public IReadOnlyList<StateSlice> Slices(DecoderSpec spec)
    {
        var slices = new List<StateSlice>
        {
            new(Prefix + "wte.weight", "embed_tokens", 0, spec.VocabSize),
            new(Prefix + "wpe.weight", "embed_positions", 0, spec.MaxPositionEmbeddings),
        };
        for (var layer = 0; layer < spec.NumHiddenLayers; layer++)
        {
            var (name, own) = ($"{Prefix}h.{layer}.", $"layers.{layer}.");
            AddNorm(slices, name + "ln_1", own + "attention_norm", spec.HiddenSize);
            AddConv1D(slices, name + "attn.c_attn", own + "qkv", spec.Attention.PackedWidth);
            AddConv1D(slices, name + "attn.c_proj", own + "attention_output", spec.HiddenSize);
            AddNorm(slices, name + "ln_2", own + "mlp_norm", spec.HiddenSize);
            AddConv1D(slices, name + "mlp.c_fc", own + "mlp_up", spec.UpWidth);
            AddConv1D(slices, name + "mlp.c_proj", own + "mlp_down", spec.HiddenSize);
        }

        AddNorm(slices, Prefix + "ln_f", "final_norm", spec.HiddenSize);
        if (!spec.TieWordEmbeddings)
        {
            slices.Add(new StateSlice(Head, "head", 0, spec.VocabSize));
        }

        return slices;
    }

    /// <inheritdoc/>
    public string? Canonical(string found)
    {
        // The causal mask and its fill value, which older exports carry along.
        if (found.EndsWith(".attn.bias", StringComparison.Ordinal) || found.EndsWith(".attn.masked_bias", StringComparison.Ordinal))
        {
            return null;
        }

        // Exports of the model without its head have no prefix.
        return found == Head || found.StartsWith(Prefix, StringComparison.Ordinal) ? found : Prefix + found;
    }

    private static void AddNorm(List<StateSlice> slices, string name, string own, long width)
    {
        slices.Add(new StateSlice(name + ".weight", own + ".weight", 0, width));
        slices.Add(new StateSlice(name + ".bias", own + ".bias", 0, width));
    }

    private static void AddConv1D(List<StateSlice> slices, string name, string own, long outputs)
    {
        slices.Add(new StateSlice(name + ".weight", own + ".weight", 0, outputs, IsTransposed: true));
        slices.Add(new StateSlice(name + ".bias", own + ".bias", 0, outputs));
    }
}
