using System.Text;
using Granary.Core;
using Granary.Core.Randomness;
using Granary.Testing;

namespace Granary.Data.Tokenization.Tests;

public sealed class TokenizerTests
{
    private static readonly string Minimal = """
        {"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"Ã":3,"¤":4,"<|endoftext|>":5},"merges":["a b"]},
         "added_tokens":[{"id":5,"content":"<|endoftext|>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
         "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false}}
        """;

    [Test]
    public void Saving_and_loading_keeps_ids_and_hash()
    {
        using var folder = new TempFolder();
        var original = Tokenizer.Load(GoldenIds.PathOf("trained.json"));

        original.Save(folder["tokenizer.json"]);
        var loaded = Tokenizer.Load(folder["tokenizer.json"]);

        Assert.That(loaded.Hash, Is.EqualTo(original.Hash));
        Assert.That(loaded.ToJson(), Is.EqualTo(File.ReadAllBytes(folder["tokenizer.json"])));
        Assert.That(loaded.Encode("grän ost's 日"), Is.EqualTo(original.Encode("grän ost's 日")));
    }

    [Test]
    public void The_canonical_file_escapes_only_what_JSON_demands()
    {
        var tokenizer = Parse(Minimal.Replace("<|endoftext|>", "\\u0001\\\"\\\\\u00E9\u0378\U0001F600\U00016EA0<"));

        var json = Encoding.UTF8.GetString(tokenizer.ToJson());

        Assert.That(json, Does.Contain("\"\\u0001\\\"\\\\\u00E9\u0378\U0001F600\U00016EA0<\""));
        Assert.That(Parse(json).Hash, Is.EqualTo(tokenizer.Hash));
    }

    [Test]
    public void The_hash_tells_tokenizers_apart()
    {
        var other = Minimal.Replace("\"lstrip\":false", "\"lstrip\":true");

        Assert.That(Parse(other).Hash, Is.Not.EqualTo(Parse(Minimal).Hash));
    }

    [Test]
    public void Every_byte_string_comes_back_when_the_vocabulary_has_all_bytes()
    {
        var tokenizer = new BpeTrainer(new TokenizerConfig { VocabSize = 300 }).Train([Encoding.UTF8.GetBytes("some text, some more text")]);
        for (var round = 0; round < 500; round++)
        {
            var key = RandomKey.FromSeed(round).Use("round trip");
            var text = RandomText.Make(key, 40);

            var ids = tokenizer.Encode(text);

            Assert.That(tokenizer.Decode(ids), Is.EqualTo(text));
        }
    }

    [Test]
    public void Encoding_on_many_threads_equals_encoding_on_one()
    {
        var tokenizer = Tokenizer.Load(GoldenIds.PathOf("trained.json"));
        var texts = Enumerable.Range(0, 200).Select(i => RandomText.Make(RandomKey.FromSeed(i), 100)).ToArray();
        var alone = texts.Select(text => tokenizer.Encode(text)).ToArray();

        var together = texts.AsParallel().AsOrdered().WithDegreeOfParallelism(4).Select(text => tokenizer.Encode(text)).ToArray();

        Assert.That(together, Is.EqualTo(alone));
    }

    [Test]
    public void A_used_encoder_gives_the_ids_of_a_fresh_one()
    {
        var tokenizer = Tokenizer.Load(GoldenIds.PathOf("trained.json"));
        var used = tokenizer.CreateEncoder();
        for (var round = 0; round < 300; round++)
        {
            var text = Encoding.UTF8.GetBytes(RandomText.Make(RandomKey.FromSeed(round).Use("used"), 50));
            var (warm, cold) = (new TokenBuffer(), new TokenBuffer());

            used.Encode(text, warm);
            tokenizer.CreateEncoder().Encode(text, cold);

            Assert.That(warm.ToArray(), Is.EqualTo(cold.ToArray()));
        }
    }

    [TestCase("", "", Description = "nothing")]
    [TestCase("C3", "EFBFBD", Description = "a character cut off")]
    [TestCase("E282", "EFBFBD", Description = "the longest beginning is one replacement")]
    [TestCase("EDA080", "EFBFBDEFBFBDEFBFBD", Description = "a surrogate is no character")]
    [TestCase("F5808080", "EFBFBDEFBFBDEFBFBDEFBFBD", Description = "beyond the last code point")]
    [TestCase("61FF62", "61EFBFBD62", Description = "a byte that never occurs")]
    public void Malformed_utf8_is_replaced_as_WHATWG_says(string hex, string expected)
    {
        Assert.That(Convert.ToHexString(Utf8Text.Repair(Convert.FromHexString(hex))), Is.EqualTo(expected));
    }

    [Test]
    public void A_stream_decoder_gives_out_whole_characters_only()
    {
        var decoder = Parse(Minimal).CreateStreamDecoder();

        Assert.That(new[] { decoder.Add(0), decoder.Add(3), decoder.Add(4), decoder.Add(3), decoder.Finish(), decoder.Add(2) }, Is.EqualTo(new[] { "a", "", "ä", "", "\uFFFD", "ab" }));
    }

    [Test]
    public void Special_tokens_can_be_left_out_of_the_text()
    {
        var tokenizer = Parse(Minimal);

        Assert.That(tokenizer.Decode([2, 5, 0]), Is.EqualTo("ab<|endoftext|>a"));
        Assert.That(tokenizer.Decode([2, 5, 0], skipSpecialTokens: true), Is.EqualTo("aba"));
    }

    [Test]
    public void The_end_of_text_is_found_by_name_or_chosen()
    {
        var tokenizer = Parse(Minimal);

        Assert.That(tokenizer.EndOfTextId, Is.EqualTo(5));
        Assert.That(tokenizer.WithEndOfText("ab").EndOfTextId, Is.EqualTo(2));
        Assert.That(() => tokenizer.WithEndOfText("zz"), Throws.ArgumentException.With.Message.Contains("'zz'"));
    }

    [Test]
    public void Tokens_and_ids_find_each_other()
    {
        var tokenizer = Parse(Minimal);

        Assert.That(tokenizer.VocabularySize, Is.EqualTo(6));
        Assert.That(tokenizer.TokenToId("ab"), Is.EqualTo(2));
        Assert.That(tokenizer.IdToToken(2), Is.EqualTo("ab"));
        Assert.That(tokenizer.TokenToId("zz"), Is.Null);
        Assert.That(tokenizer.IdToToken(6), Is.Null);
        Assert.That(() => tokenizer.DecodeBytes([6]), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("'6'"));
    }

    [TestCase("\"type\":\"BPE\"", "\"type\":\"Unigram\"", "Unigram", Description = "another model")]
    [TestCase("\"type\":\"BPE\",", "\"unk_id\":0,", "Unigram", Description = "another model, unnamed")]
    [TestCase("\"type\":\"BPE\",", "\"max_input_chars_per_word\":100,", "WordPiece", Description = "another model, unnamed")]
    [TestCase("\"type\":\"BPE\"", "\"type\":\"BPE\",\"dropout\":0.1", "dropout", Description = "random merges")]
    [TestCase("\"type\":\"BPE\"", "\"type\":\"BPE\",\"end_of_word_suffix\":\"</w>\"", "</w>", Description = "a word suffix")]
    [TestCase("\"type\":\"BPE\"", "\"type\":\"BPE\",\"unk_token\":\"<unk>\"", "<unk>", Description = "an unknown token outside the vocabulary")]
    [TestCase("\"type\":\"BPE\"", "\"type\":\"BPE\",\"colour\":1", "colour", Description = "a key of the model that is not known")]
    [TestCase("{\"model\"", "{\"normalizer\":{\"type\":\"NFKC\"},\"model\"", "NFKC", Description = "another normalizer")]
    [TestCase("{\"model\"", "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},{\"type\":\"Lowercase\"}]},\"model\"", "Lowercase", Description = "another normalizer after a known one")]
    [TestCase("{\"model\"", "{\"padding\":{\"strategy\":\"BatchLongest\"},\"model\"", "padding", Description = "padding")]
    [TestCase("\"type\":\"BPE\"", "\"type\":\"BPE\",\"continuing_subword_prefix\":\"##\"", "##", Description = "a prefix of the parts of words")]
    [TestCase("{\"type\":\"ByteLevel\",\"add_prefix_space\":false}", "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Digits\",\"individual_digits\":true},{\"type\":\"ByteLevel\"}]}", "Digits", Description = "one unknown pre-tokenizer of two")]
    [TestCase("{\"type\":\"ByteLevel\",\"add_prefix_space\":false}", "{\"type\":\"Split\",\"pattern\":{\"String\":\" \"},\"behavior\":\"Isolated\",\"invert\":false}", "String", Description = "a split at a text")]
    [TestCase("{\"model\"", "{\"truncation\":{\"max_length\":4},\"model\"", "truncation", Description = "truncation")]
    [TestCase("{\"model\"", "{\"decoder\":{\"type\":\"WordPiece\"},\"model\"", "WordPiece", Description = "another decoder")]
    [TestCase("{\"model\"", "{\"post_processor\":{\"type\":\"BertProcessing\"},\"model\"", "BertProcessing", Description = "another post-processor")]
    [TestCase("\"type\":\"ByteLevel\"", "\"type\":\"Metaspace\"", "Metaspace", Description = "another pre-tokenizer")]
    [TestCase("{\"type\":\"ByteLevel\",\"add_prefix_space\":false}", "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\d\"},\"behavior\":\"Isolated\",\"invert\":false}", "\\d", Description = "an unknown pattern")]
    [TestCase("[\"a b\"]", "[\"a c\"]", "'c'", Description = "a merge of a token that is not there")]
    [TestCase("[\"a b\"]", "[\"a b c\"]", "a b c", Description = "a merge of three")]
    [TestCase("\"b\":1", "\"b\":0", "'0'", Description = "two tokens of one id")]
    [TestCase("{\"id\":5", "{\"id\":7", "'7'", Description = "an added token with an id that is not its own")]
    [TestCase("\"merges\"", "\"mergers\"", "mergers", Description = "a misspelt key")]
    [TestCase("\"b\":1", "\"b\":", "not valid JSON", Description = "damaged JSON")]
    public void What_is_not_supported_is_refused_by_its_name(string part, string replacement, string named)
    {
        Assert.That(Minimal, Does.Contain(part));

        Assert.That(() => Parse(Minimal.Replace(part, replacement)), Throws.InstanceOf<CorpusException>().With.Message.Contains(named).And.Message.Contains("minimal.json"));
    }

    [TestCase('a', Description = "letters")]
    [TestCase(' ', Description = "spaces")]
    [TestCase('_', Description = "punctuation")]
    [TestCase('日', Description = "characters of three bytes")]
    public void A_word_of_a_million_characters_comes_back(char character)
    {
        var text = new string(character, 1_000_000);
        var tokenizer = new BpeTrainer(new TokenizerConfig { VocabSize = 280 }).Train([Encoding.UTF8.GetBytes(text[..100])]);

        Assert.That(tokenizer.Decode(tokenizer.Encode(text)), Is.EqualTo(text));
    }

    private static Tokenizer Parse(string json)
    {
        return Tokenizer.Parse(Encoding.UTF8.GetBytes(json), "minimal.json");
    }
}
