using Granary.Testing;

namespace Granary.EndToEnd.Tests;

/// <summary>The report on tokenizers, as scripts and people read it.</summary>
public sealed class TokenizerInspectTests
{
    private static readonly string Trained = Repository.PathOf("tests", "golden", "tokenizer", "trained.json");
    private static readonly string Corpus = Repository.PathOf("tests", "golden", "tokenizer", "corpus.txt");

    [Test]
    public void Each_file_is_a_source_and_two_tokenizers_stand_side_by_side()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["other.txt"], "123 456 <|endoftext|>\n");

        var result = GranaryProcess.Run(folder.Path, "tokenizer", "inspect", "--tokenizer", Trained, "--tokenizer", Trained, "--input", Corpus, "other.txt", "--json");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        var json = result.Json();
        Assert.That(json.GetProperty("token_ratios").GetProperty("total").GetDouble(), Is.EqualTo(1));
        var first = json.GetProperty("tokenizers")[0];
        Assert.That(first.GetProperty("sources").GetArrayLength(), Is.EqualTo(2));
        Assert.That(first.GetProperty("sources")[1].GetProperty("words").GetInt64(), Is.EqualTo(3));
        Assert.That(first.GetProperty("total").GetProperty("bytes").GetInt64(), Is.EqualTo(new FileInfo(Corpus).Length + 22));
        Assert.That(first.GetProperty("longest").GetArrayLength(), Is.EqualTo(10));
    }

    [Test]
    public void The_sources_of_a_run_are_those_of_its_corpus()
    {
        var result = FinishedRun.Run.Granary("tokenizer", "inspect", "--tokenizer", Trained, "--config", TinyRun.Config);

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Output, Does.Contain("tokens/word").And.Contain("unreachable entries: ").And.Contain("longest entries: "));
        Assert.That(result.Lines, Has.Some.StartsWith("total "));
    }

    [Test]
    public void A_missing_text_is_one_sentence()
    {
        using var folder = new TempFolder();

        var result = GranaryProcess.Run(folder.Path, "tokenizer", "inspect", "--tokenizer", Trained, "--input", "absent.txt");

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.ErrorLines, Has.Length.EqualTo(1).And.All.Contains("absent.txt"));
    }
}
