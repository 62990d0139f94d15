using Granary.Models.Decoder;

namespace Granary.Models.Llama.Tests;

public sealed class LlamaStateNamesTests
{
    [TestCase("model.norm.weight", "model.norm.weight", Description = "as it is")]
    [TestCase("layers.3.mlp.up_proj.weight", "model.layers.3.mlp.up_proj.weight", Description = "an export without the head")]
    [TestCase("lm_head.weight", "lm_head.weight", Description = "the head has no prefix")]
    [TestCase("model.layers.0.self_attn.rotary_emb.inv_freq", null, Description = "the rotary table")]
    public void Names_found_in_files(string found, string? expected)
    {
        Assert.That(new LlamaStateNames().Canonical(found), Is.EqualTo(expected));
    }

    [Test]
    public void Queries_keys_and_values_are_rows_of_one_tensor()
    {
        var config = new LlamaConfig { VocabSize = 10, HiddenSize = 32, NumAttentionHeads = 4, NumKeyValueHeads = 2, AttentionBias = true };

        var slices = new LlamaStateNames().Slices(config.ToSpec(0));

        Assert.That(slices, Does.Contain(new StateSlice("model.layers.5.self_attn.q_proj.weight", "layers.5.qkv.weight", 0, 32)));
        Assert.That(slices, Does.Contain(new StateSlice("model.layers.5.self_attn.k_proj.weight", "layers.5.qkv.weight", 32, 16)));
        Assert.That(slices, Does.Contain(new StateSlice("model.layers.5.self_attn.v_proj.bias", "layers.5.qkv.bias", 48, 16)));
    }
}
