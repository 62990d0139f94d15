using Granary.Core.Configuration;

namespace Granary.Data.Tokenization.Tests;

public sealed class TokenizerConfigTests
{
    [Test]
    public void The_defaults_are_valid()
    {
        Assert.That(FaultsOf(new TokenizerConfig()), Is.Empty);
    }

    [Test]
    public void Every_fault_is_reported()
    {
        var config = new TokenizerConfig
        {
            Type = "unigram",
            VocabSize = -1,
            MinFrequency = -1,
            MaxTokenLength = 0,
            Splitter = "gpt-9",
            SpecialTokens = ["a", "a"],
            File = "tokenizer.json",
        };

        Assert.That(FaultsOf(config), Has.Count.EqualTo(6));
        Assert.That(FaultsOf(config with { Type = "bpe" }), Has.One.Contains("tokenizer.vocab_size"));
    }

    [TestCase(256, 1, Description = "no room for the special token")]
    [TestCase(255, 0, Description = "no room for all bytes")]
    public void A_vocabulary_holds_all_bytes_and_special_tokens(int size, int specialTokens)
    {
        var config = new TokenizerConfig { VocabSize = size, SpecialTokens = [.. Enumerable.Range(0, specialTokens).Select(i => $"<{i}>")] };

        Assert.That(FaultsOf(config), Has.One.Contains("tokenizer.vocab_size"));
    }

    [Test]
    public void Type_file_needs_a_file()
    {
        Assert.That(FaultsOf(new TokenizerConfig { Type = "file" }), Has.One.Contains("tokenizer.file"));
    }

    private static IReadOnlyList<string> FaultsOf(TokenizerConfig config)
    {
        var errors = new ConfigurationErrors();
        config.Validate("tokenizer", errors);
        return errors.Errors;
    }
}
