using System.Text;
using Granary.Data.Tokenization.Tests;

namespace Granary.Data.Tokenization.Training.Tests;

public sealed class FixedVocabularyTests
{
    [Test]
    public void Ids_of_bytes_are_the_bytes()
    {
        var tokenizer = Tokenizer.Create(new TokenizerConfig { Type = "bytes" }, []);

        Assert.That(tokenizer.Encode("aä<|endoftext|>"), Is.EqualTo(new[] { 0x61, 0xC3, 0xA4, 256 }));
        Assert.That(tokenizer.VocabularySize, Is.EqualTo(257));
        Assert.That(tokenizer.EndOfTextId, Is.EqualTo(256));
    }

    [Test]
    public void Ids_of_characters_follow_special_tokens_and_bytes_in_the_order_of_code_points()
    {
        var tokenizer = Characters("日ab日c", 32_000);

        Assert.That(tokenizer.Encode("<|endoftext|>abc日"), Is.EqualTo(new[] { 0, 257, 258, 259, 260 }));
        Assert.That(tokenizer.VocabularySize, Is.EqualTo(261));
    }

    [Test]
    public void The_most_frequent_characters_are_kept_and_the_others_are_bytes()
    {
        var tokenizer = Characters("aaabbäc", 1 + 256 + 2);

        Assert.That(tokenizer.Encode("abä"), Is.EqualTo(new[] { 257, 258, 1 + 0xC3, 1 + 0xA4 }));
    }

    [TestCase("bytes", Description = "all bytes")]
    [TestCase("characters", Description = "characters and bytes")]
    public void Any_text_comes_back_before_and_after_saving(string type)
    {
        var tokenizer = Tokenizer.Create(new TokenizerConfig { Type = type }, [Encoding.UTF8.GetBytes("some text of äöü日本")]);
        var loaded = Tokenizer.Parse(tokenizer.ToJson(), "saved");
        for (var seed = 0; seed < 200; seed++)
        {
            var text = RandomText.Make(Core.Randomness.RandomKey.FromSeed(seed), 30);

            Assert.That(tokenizer.Decode(tokenizer.Encode(text)), Is.EqualTo(text));
            Assert.That(loaded.Encode(text), Is.EqualTo(tokenizer.Encode(text)));
        }
    }

    private static Tokenizer Characters(string text, int size)
    {
        return Tokenizer.Create(new TokenizerConfig { Type = "characters", VocabSize = size }, [Encoding.UTF8.GetBytes(text)]);
    }
}
