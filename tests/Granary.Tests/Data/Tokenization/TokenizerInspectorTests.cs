using System.Text;

namespace Granary.Data.Tokenization.Tests;

public sealed class TokenizerInspectorTests
{
    [Test]
    public void Numbers_are_those_of_the_text()
    {
        var inspector = new TokenizerInspector(Parse("[\"a b\", \"Ġ ab\"]", ignoresMerges: false));

        inspector.Add("one", "ab ab"u8);
        inspector.Add("two", "ba\u00A0\nab"u8);
        inspector.Add("one", "ba ab"u8);

        // ab, Ġab | b, a, Ġab; and b, a, two bytes that the vocabulary lacks, the end of the line, which it lacks too, ab.
        var report = inspector.Report();
        Assert.That(report.Sources.Select(source => source.Name), Is.EqualTo(new[] { "one", "two" }));
        Assert.That(report.Sources[0], Has.Property("Bytes").EqualTo(10).And.Property("Words").EqualTo(4).And.Property("Tokens").EqualTo(5));
        Assert.That(report.Sources[0].SingleTokenWords, Is.EqualTo(3));
        Assert.That(report.Sources[0].UsedEntries, Is.EqualTo(4));
        Assert.That(report.Sources[0].TokensPerWord, Is.EqualTo(5.0 / 4));
        Assert.That(report.Sources[0].BytesPerToken, Is.EqualTo(10.0 / 5));
        Assert.That(report.Sources[1], Has.Property("Words").EqualTo(2).And.Property("Tokens").EqualTo(3).And.Property("SingleTokenWords").EqualTo(1));
        Assert.That(report.Total, Has.Property("Bytes").EqualTo(17).And.Property("Words").EqualTo(6).And.Property("Tokens").EqualTo(8));
        Assert.That(report.Total.UsedEntries, Is.EqualTo(4));
        Assert.That(report.Entries, Is.EqualTo(7));
    }

    [Test]
    public void Parity_compares_tokens_at_equal_bytes_with_the_best_source()
    {
        var inspector = new TokenizerInspector(Parse("[\"a b\", \"Ġ ab\"]", ignoresMerges: false));

        inspector.Add("good", "abab"u8);
        inspector.Add("bad", "bababa"u8);
        inspector.Add("empty", ""u8);

        var report = inspector.Report();
        Assert.That(report.Sources.Select(report.ParityOf), Is.EqualTo(new[] { 1, 4.0 / 3, 0 }).Within(1e-12));
    }

    [TestCase(false, new[] { 5 }, Description = "merges decide")]
    [TestCase(true, new int[0], Description = "a word in the vocabulary is a token")]
    public void Entries_that_merges_cannot_reach_are_listed(bool ignoresMerges, int[] expected)
    {
        var report = new TokenizerInspector(Parse("[\"a b\", \"Ġ ab\"]", ignoresMerges)).Report();

        Assert.That(report.UnreachableIds, Is.EqualTo(expected));
        Assert.That(report.Total.BytesPerToken, Is.Zero);
    }

    [Test]
    public void The_longest_entries_come_first_and_added_tokens_are_left_out()
    {
        var report = new TokenizerInspector(Parse("[\"a b\", \"Ġ ab\"]", ignoresMerges: false)).Report();

        Assert.That(report.LongestIds, Is.EqualTo(new[] { 4, 3, 5, 0, 1, 2 }));
    }

    [Test]
    public void A_long_text_counts_as_its_words_do()
    {
        var tokenizer = Tokenizer.Load(GoldenIds.PathOf("trained.json"));
        var inspector = new TokenizerInspector(tokenizer);
        var text = File.ReadAllText(GoldenIds.PathOf("corpus.txt"));

        inspector.Add("corpus", Encoding.UTF8.GetBytes(text));

        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var source = inspector.Report().Sources[0];
        Assert.That(source.Tokens, Is.EqualTo(tokenizer.Encode(text).Length));
        Assert.That(source.Words, Is.EqualTo(words.Length));
        Assert.That(source.SingleTokenWords, Is.EqualTo(words.Count(word => tokenizer.Encode(" " + word).Length == 1)));
        Assert.That(source.UsedEntries, Is.EqualTo(tokenizer.Encode(text).Distinct().Count()));
    }

    private static Tokenizer Parse(string merges, bool ignoresMerges)
    {
        var json = $$$"""
            {"model":{"vocab":{"a":0,"b":1,"Ġ":2,"ab":3,"Ġab":4,"ba":5},"merges":{{{merges}}},"ignore_merges":{{{(ignoresMerges ? "true" : "false")}}}},
             "added_tokens":[{"id":6,"content":"<added>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
             "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false}}
            """;
        return Tokenizer.Parse(Encoding.UTF8.GetBytes(json), "report.json");
    }
}
