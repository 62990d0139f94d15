using System.Text;
using Granary.Cli.Terminal;
using Granary.Core;
using Granary.Core.Configuration;
using Granary.Core.Runs;
using Granary.Testing;

namespace Granary.Cli.Stages.Tests;

public sealed class HeldOutTextTests
{
    private const string Yaml = """
        name: a
        corpus: {sources: [{name: s, type: text, paths: ["x"]}]}

        """;

    [Test]
    public void Documents_come_in_the_order_of_their_ids_whatever_the_file_s()
    {
        using var folder = new TempFolder();
        using var run = Open(folder, "{\"id\":\"b\",\"source\":\"s\",\"text\":\"second\"}", "{\"id\":\"a\",\"source\":\"t\",\"text\":\"first\"}", "{\"id\":\"B\",\"source\":\"s\",\"text\":\"ordinal\"}");

        Assert.That(Texts(run, maxBytes: 0), Is.EqualTo(new[] { "ordinal", "first", "second" }));
    }

    [Test]
    public void Whole_documents_are_taken_up_to_the_limit_and_one_at_least()
    {
        using var folder = new TempFolder();
        using var run = Open(folder, "{\"id\":\"a\",\"text\":\"12345\"}", "{\"id\":\"b\",\"text\":\"67890\"}");

        Assert.That(Texts(run, maxBytes: 1), Is.EqualTo(new[] { "12345" }));
        Assert.That(Texts(run, maxBytes: 9), Is.EqualTo(new[] { "12345" }));
        Assert.That(Texts(run, maxBytes: 10), Is.EqualTo(new[] { "12345", "67890" }));
    }

    [TestCase("{\"id\":\"a\"", Description = "torn")]
    [TestCase("{\"id\":\"a\"}", Description = "no text")]
    [TestCase("[]", Description = "no object")]
    [TestCase("{\"id\":\"a\",\"text\":null}", Description = "null")]
    public void A_line_that_is_no_document_is_named(string line)
    {
        using var folder = new TempFolder();
        using var run = Open(folder, "{\"id\":\"a\",\"text\":\"1\"}", line);

        Assert.That(Assert.Throws<CorpusException>(() => Texts(run, maxBytes: 0)).Line, Is.EqualTo(2));
    }

    private static RunFolder Open(TempFolder folder, params string[] lines)
    {
        var run = RunFolder.Claim(folder["run"], Yaml);
        Directory.CreateDirectory(run.StagePath("corpus"));
        File.WriteAllLines(Path.Combine(run.StagePath("corpus"), "held-out.jsonl"), lines);
        return run;
    }

    private static IEnumerable<string> Texts(RunFolder run, long maxBytes)
    {
        using var view = new PlainView(TextWriter.Null, TimeProvider.System);
        var context = new RunContext(ConfigurationFile.Parse<RunConfig>(Yaml, "test"), run, view, TimeProvider.System);
        return [.. HeldOutText.Read(context, maxBytes).Select(text => Encoding.UTF8.GetString(text))];
    }
}
