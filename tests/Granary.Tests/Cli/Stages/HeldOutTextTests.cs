using System.Text;
using Granary.Cli.Mixtures;
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

    [Test]
    public void Documents_that_judged_the_mixture_are_left_out_by_the_run_that_searched_and_by_one_that_takes_its_file()
    {
        using var folder = new TempFolder();
        string[] lines = [.. Enumerable.Range(0, 40).Select(i => $"{{\"id\":\"{i}\",\"source\":\"s\",\"text\":\"{i}\"}}")];
        using var run = Open(folder, lines);
        new MixtureFile
        {
            Components = MixConfig.Sources,
            Weights = new Dictionary<string, double> { ["s"] = 1 },
            Natural = new Dictionary<string, double> { ["s"] = 1 },
            Epochs = new Dictionary<string, double> { ["s"] = 1 },
            Lengths = new Dictionary<string, double> { ["64"] = 1 },
            SearchShare = 0.4,
            Method = "natural",
            Rule = "natural",
            Batching = new MixtureBatching { SourceWeights = new Dictionary<string, double> { ["s"] = 1 } },
        }.Publish(folder["mixture.yaml"]);

        var taken = Texts(run, maxBytes: 0, $"mix: {{file: {folder["mixture.yaml"]}}}");

        string[] expected = [.. lines.Select((_, i) => $"{i}").Where(id => !HeldOutSplit.IsForSearch(id, 0.4)).Order(StringComparer.Ordinal)];
        Assert.That(taken, Is.EqualTo(expected).And.Length.LessThan(40));
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

    private static string[] Texts(RunFolder run, long maxBytes, string more = "")
    {
        using var view = new PlainView(TextWriter.Null, TimeProvider.System);
        var context = new RunContext(ConfigurationFile.Parse<RunConfig>(Yaml + more, "test"), run, view, TimeProvider.System);
        return [.. HeldOutText.Read(context, maxBytes).Select(text => Encoding.UTF8.GetString(text))];
    }
}
