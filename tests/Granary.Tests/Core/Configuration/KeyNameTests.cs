namespace Granary.Core.Configuration.Tests;

public sealed class KeyNameTests
{
    [TestCase("NumAttentionHeads", "num_attention_heads")]
    [TestCase("Name", "name")]
    [TestCase("Beta2Decay", "beta2_decay", Description = "a digit ends its word")]
    [TestCase("KVHeads", "kv_heads", Description = "a row of capitals is one word")]
    [TestCase("UseFP", "use_fp", Description = "a row of capitals at the end")]
    public void Key_is_the_snake_case_of_the_name(string name, string expected)
    {
        Assert.That(KeyName.FromPascal(name), Is.EqualTo(expected));
    }
}
