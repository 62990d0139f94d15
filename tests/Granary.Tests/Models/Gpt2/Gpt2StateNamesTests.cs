namespace Granary.Models.Gpt2.Tests;

public sealed class Gpt2StateNamesTests
{
    [TestCase("transformer.h.0.ln_1.weight", "transformer.h.0.ln_1.weight", Description = "as it is")]
    [TestCase("h.0.ln_1.weight", "transformer.h.0.ln_1.weight", Description = "an export without the head")]
    [TestCase("lm_head.weight", "lm_head.weight", Description = "the head has no prefix")]
    [TestCase("h.0.attn.bias", null, Description = "the causal mask")]
    [TestCase("transformer.h.11.attn.masked_bias", null, Description = "the mask's fill value")]
    [TestCase("transformer.h.11.attn.c_attn.bias", "transformer.h.11.attn.c_attn.bias", Description = "a bias that is learned")]
    public void Names_found_in_files(string found, string? expected)
    {
        Assert.That(new Gpt2StateNames().Canonical(found), Is.EqualTo(expected));
    }
}
