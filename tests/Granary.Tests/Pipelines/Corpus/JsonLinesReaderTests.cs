using System.Text;
using Granary.Core;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.Tests;

public sealed class JsonLinesReaderTests
{
    [Test]
    public void A_line_is_a_document()
    {
        var (texts, report) = CorpusSample.Read(CorpusSample.JsonLines(), "a.jsonl", "\uFEFF{\"text\":\"one\"}\r\n\n{\"meta\":{\"text\":\"no\"},\"text\":\"tw\\u00f6\\n\",\"n\":[1,2]}\n{\"text\":\"three\"}");

        Assert.That(texts, Is.EqualTo(new[] { "one", "twö\n", "three" }));
        Assert.That(report.Dropped, Is.Empty);
    }

    [Test]
    public void Fields_may_have_other_names()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["a.jsonl"], "{\"id\":\"a/1\",\"content\":\"x\"}\n{\"id\":17,\"content\":\"y\"}\n{\"content\":\"z\"}\n{\"c\\u006fntent\":\"w\",\"\\ud800\":1}\n");
        var reader = CorpusSample.ReaderOf(CorpusSample.JsonLines(folder["a.jsonl"]) with { TextField = "content", IdField = "id" });

        var documents = reader.Read(new CorpusTally()).ToArray();

        Assert.That(documents.Select(CorpusSample.TextOf), Is.EqualTo(new[] { "x", "y", "z", "w" }));
        Assert.That(documents.Take(2).Select(one => one.Id), Is.EqualTo(new[] { "a/1", "17" }));
        Assert.That(documents[2].Id, Is.EqualTo($"{documents[2].Hash:x32}"));
        Assert.That(documents.Select(one => one.Line), Is.EqualTo(new[] { 1, 2, 3, 4 }));
    }

    [Test]
    public void Numbers_of_score_fields_go_with_the_document()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["a.jsonl"], "{\"edu\":2.5,\"text\":\"a\",\"ads\":-1,\"meta\":{\"edu\":9}}\n{\"text\":\"b\",\"edu\":\"high\",\"ads\":null}\n{\"\\u0065du\":1e3,\"text\":\"c\",\"edu\":1e999}\n");
        var reader = CorpusSample.ReaderOf(CorpusSample.JsonLines(folder["a.jsonl"]) with { ScoreFields = ["edu", "ads"] });

        var documents = reader.Read(new CorpusTally()).ToArray();

        Assert.Multiple(() =>
        {
            Assert.That(documents[0].Scores, Is.EquivalentTo(new Dictionary<string, double> { ["edu"] = 2.5, ["ads"] = -1 }));
            Assert.That(documents[1].Scores, Is.Null, "a text and null are no numbers");
            Assert.That(documents[2].Scores, Is.EquivalentTo(new Dictionary<string, double> { ["edu"] = 1000 }));
        });
    }

    [TestCase("{\"a\":{\"b\":{\"c\":\"x\",\"id\":7}}}", "x", Description = "an object in an object")]
    [TestCase("{\"b\":{\"c\":\"no\"},\"a\":{\"c\":\"no\",\"b\":{\"b\":{\"c\":\"no\"},\"id\":7,\"c\":\"x\"},\"d\":[1]},\"c\":\"no\"}", "x", Description = "other fields of the same names")]
    [TestCase("{\"a.b\":{\"c\":\"x\",\"id\":7}}", "x", Description = "a name with a dot")]
    [TestCase("{\"\\u0061\":{\"b.c\":\"x\",\"b\":{\"id\":7}}}", null, Description = "the last of two ways counts, and has no text")]
    [TestCase("{\"a\":{\"b\":{\"c\":\"y\"}},\"a\":{\"b\":{\"c\":\"x\",\"id\":7}}}", "x", Description = "an object twice: the last counts")]
    [TestCase("{\"a\":{\"b\":{\"c\":\"y\"}},\"a\":{}}", null, Description = "an object twice, the last without the field")]
    [TestCase("{\"a\":[{\"b\":{\"c\":\"x\"}}]}", null, Description = "a list on the way")]
    [TestCase("{\"a\":\"b.c\"}", null, Description = "a text on the way")]
    public void A_path_names_a_field_in_an_object(string line, string? expected)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["a.jsonl"], $"{{\"a\":{{\"b\":{{\"c\":\"first\"}}}}}}\n{line}\n");
        var reader = CorpusSample.ReaderOf(CorpusSample.JsonLines(folder["a.jsonl"]) with { TextField = "a.b.c", IdField = "a.b.id" });
        var tally = new CorpusTally();

        var documents = reader.Read(tally).Skip(1).ToArray();

        Assert.That(documents.Select(CorpusSample.TextOf), Is.EqualTo(expected is null ? Array.Empty<string>() : [expected]));
        Assert.That(documents.Select(one => one.Id), Is.All.EqualTo("7"));
        Assert.That(tally.Report.Sources[0].Dropped.Keys, Is.EqualTo(expected is null ? new[] { DropReason.NoText } : []));
    }

    [TestCase("{\"text\":\"a\\ud83d\\ude00b\"}", "a😀b", 0, Description = "a pair of surrogates")]
    [TestCase("{\"text\":\"a\\ud83db\"}", "a\uFFFDb", 1, Description = "a lone high half")]
    [TestCase("{\"text\":\"a\\ude00b\"}", "a\uFFFDb", 1, Description = "a lone low half")]
    [TestCase("{\"text\":\"\\ud83d\\u0041\"}", "\uFFFDA", 1, Description = "a high half before a letter")]
    [TestCase("{\"text\":\"\\ud83d\"}", "\uFFFD", 1, Description = "a high half at the end")]
    [TestCase("{\"text\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "\"\\/\b\f\n\r\t", 0, Description = "every short escape")]
    [TestCase("{\"text\":\"a\\u0000b\"}", "a\uFFFDb", 1, Description = "NUL")]
    [TestCase("{\"text\":\"a\",\"text\":\"b\"}", "b", 0, Description = "a field twice")]
    [TestCase("{\"n\":1e999999,\"text\":\"a\"}", "a", 0, Description = "a number beyond all types")]
    public void Strings_are_decoded(string line, string expected, int replaced)
    {
        var (texts, report) = CorpusSample.Read(CorpusSample.JsonLines(), "a.jsonl", line);

        Assert.That(texts, Is.EqualTo(new[] { expected }));
        Assert.That(report.Replaced, Is.EqualTo(replaced));
    }

    [TestCase("{\"text\":\"a\"", DropReason.InvalidJson, Description = "no closing brace")]
    [TestCase("{\"text\":\"a\"} x", DropReason.InvalidJson, Description = "something behind the object")]
    [TestCase("{\"text\":\"a\"}{\"text\":\"b\"}", DropReason.InvalidJson, Description = "two objects")]
    [TestCase("[\"text\"]", DropReason.InvalidJson, Description = "a list")]
    [TestCase("text", DropReason.InvalidJson, Description = "no JSON")]
    [TestCase("{\"text\":\"\\x\"}", DropReason.InvalidJson, Description = "no such escape")]
    [TestCase("{\"text\":\"a\tb\"}", DropReason.InvalidJson, Description = "a bare control character")]
    [TestCase("{'text':'a'}", DropReason.InvalidJson, Description = "single quotes")]
    [TestCase("{\"body\":\"a\"}", DropReason.NoText, Description = "no such field")]
    [TestCase("{\"text\":17}", DropReason.NoText, Description = "a number for the text")]
    [TestCase("{\"text\":null}", DropReason.NoText, Description = "null for the text")]
    [TestCase("{\"text\":{\"text\":\"a\"}}", DropReason.NoText, Description = "an object for the text")]
    [TestCase("{\"text\":\" \\n\"}", DropReason.Empty, Description = "only white space")]
    public void A_line_that_is_no_document_is_counted_with_its_place(string line, string reason)
    {
        var (texts, report) = CorpusSample.Read(CorpusSample.JsonLines(), "a.jsonl", $"{{\"text\":\"good\"}}\n{line}\n{{\"text\":\"fine\"}}\n");

        Assert.That(texts, Is.EqualTo(new[] { "good", "fine" }));
        Assert.That(report.Dropped.Keys, Is.EqualTo(new[] { reason }));
        Assert.That(report.Dropped[reason].Examples.Single(), Does.Contain("a.jsonl, line 2 (byte 16)"));
    }

    [Test]
    public void Deep_nesting_and_long_numbers_are_lines_like_others()
    {
        var text = $"{{\"text\":\"a\",\"x\":{new string('[', 100_000)}{new string(']', 100_000)}}}\n{{\"text\":\"b\",\"n\":{new string('7', 1_000_000)}}}\n";

        var (texts, report) = CorpusSample.Read(CorpusSample.JsonLines(), "a.jsonl", text);

        Assert.That(texts, Is.EqualTo(new[] { "b" }));
        Assert.That(report.Dropped[DropReason.InvalidJson].Count, Is.EqualTo(1));
    }

    [Test]
    public void Bytes_that_are_not_UTF8_are_replaced_in_place()
    {
        var (texts, report) = CorpusSample.Read(CorpusSample.JsonLines(), "a.jsonl", [.. "{\"text\":\"a"u8, 0xFF, .. "b\"}"u8]);

        Assert.That(texts, Is.EqualTo(new[] { "a\uFFFDb" }));
        Assert.That(report.Replaced, Is.EqualTo(1));
    }

    [Test]
    public void Examples_are_the_first_five_of_a_reason()
    {
        var (_, report) = CorpusSample.Read(CorpusSample.JsonLines(), "a.jsonl", "{\"text\":\"good\"}\n" + string.Concat(Enumerable.Repeat("bad\n", 20)));

        Assert.That(report.Dropped[DropReason.InvalidJson].Count, Is.EqualTo(20));
        Assert.That(report.Dropped[DropReason.InvalidJson].Examples, Has.Count.EqualTo(5));
        Assert.That(report.Dropped[DropReason.InvalidJson].Examples[4], Does.Contain("line 6"));
    }

    [Test]
    public void Reading_ends_at_the_first_bad_line_where_the_source_says_so()
    {
        var source = CorpusSample.JsonLines() with { OnError = CorpusErrorAction.Fail };

        var error = Assert.Throws<CorpusException>(() => CorpusSample.Read(source, "a.jsonl", "{\"text\":\"good\"}\nbad\n"));

        Assert.That((error.Line, error.Offset), Is.EqualTo((2, 16)));
        Assert.That(error.Message, Does.Contain("Set 'on_error' of source 'lines' to skip"));
    }

    [Test]
    public void Losing_more_than_the_budget_fails_with_examples()
    {
        var source = CorpusSample.JsonLines() with { ErrorBudget = 0.1 };
        var good = string.Concat(Enumerable.Range(0, 100).Select(i => $"{{\"text\":\"good {i}\"}}\n"));

        Assert.DoesNotThrow(() => CorpusSample.Read(source, "a.jsonl", good + "bad\n"));
        var error = Assert.Throws<CorpusException>(() => CorpusSample.Read(source, "a.jsonl", good + string.Concat(Enumerable.Repeat("bad line\n", 50))));

        Assert.That(error.Message, Does.Match(@"50 pieces with 400 of \d+ bytes could not be read, more than error_budget \(0\.1\) allows"));
        Assert.That(error.Message, Does.Contain("line 101"));
    }

    [Test]
    public void A_million_tiny_lines_are_read()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 1_000_000; i++)
        {
            text.Append("{\"text\":\"").Append(i % 1000).Append("\"}\n");
        }

        var (texts, report) = CorpusSample.Read(CorpusSample.JsonLines(), "a.jsonl", text.ToString());

        Assert.That(texts, Has.Length.EqualTo(1000));
        Assert.That(report.Dropped[DropReason.Duplicate].Count, Is.EqualTo(999_000));
    }
}
