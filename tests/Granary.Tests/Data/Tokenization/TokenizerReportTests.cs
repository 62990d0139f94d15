using System.Text;

namespace Granary.Data.Tokenization.Tests;

public sealed class TokenizerReportTests
{
    [Test]
    public void Numbers_are_those_of_the_text()
    {
        var tokenizer = Parse("[\"a b\"]", ignoresMerges: false);

        var report = TokenizerReport.Create(tokenizer, [Encoding.UTF8.GetBytes("ab ab"), Encoding.UTF8.GetBytes("ba ab")]);

        // ab, Ġab, ba, Ġab: one token, two, two, two.
        Assert.That(report, Has.Property("Bytes").EqualTo(10).And.Property("Words").EqualTo(4).And.Property("Tokens").EqualTo(7));
        Assert.That(report.SingleTokenWords, Is.EqualTo(1));
        Assert.That(report.UsedEntries, Is.EqualTo(4));
        Assert.That(report.Entries, Is.EqualTo(6));
        Assert.That(report.TokensPerWord, Is.EqualTo(7.0 / 4));
        Assert.That(report.BytesPerToken, Is.EqualTo(10.0 / 7));
    }

    [TestCase(false, new[] { 4 }, Description = "merges decide")]
    [TestCase(true, new int[0], Description = "a word in the vocabulary is a token")]
    public void Entries_that_merges_cannot_reach_are_listed(bool ignoresMerges, int[] expected)
    {
        var report = TokenizerReport.Create(Parse("[\"a b\"]", ignoresMerges), []);

        Assert.That(report.UnreachableIds, Is.EqualTo(expected));
        Assert.That(report.BytesPerToken, Is.Zero);
    }

    private static Tokenizer Parse(string merges, bool ignoresMerges)
    {
        var json = $$$"""
            {"model":{"vocab":{"a":0,"b":1,"Ġ":2,"ab":3,"ba":4},"merges":{{{merges}}},"ignore_merges":{{{(ignoresMerges ? "true" : "false")}}}},
             "added_tokens":[{"id":5,"content":"<x>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
             "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false}}
            """;
        return Tokenizer.Parse(Encoding.UTF8.GetBytes(json), "report.json");
    }
}
