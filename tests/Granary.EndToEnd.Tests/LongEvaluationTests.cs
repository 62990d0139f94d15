using System.Xml.Linq;
using Granary.Testing;

namespace Granary.EndToEnd.Tests;

/// <summary>A model trained on documents of a made-up world, and asked about it.</summary>
public sealed class LongEvaluationTests
{
    private const string Config = """
        name: world
        seed: 7
        corpus:
          sources:
            - {name: world, type: retrieval, documents: 300, max_words: 60, world: {seed: 3, facts: 16}}
        tokenizer: {type: bpe, vocab_size: 500}
        batching: {type: best-fit, tokens_per_step: 256, row_length: 128}
        model: {type: llama, hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 2, max_position_embeddings: 128}
        training: {steps: 4, threads: 1, tokens_per_microbatch: 256}
        """;

    private static readonly string[] Asked = ["eval", "--long", "--model", "runs/world", "--lengths", "96,128", "--depths", "2", "--items", "6", "--threads", "1"];

    private TempFolder _folder = null!;

    [OneTimeSetUp]
    public void Train()
    {
        _folder = new TempFolder();
        File.WriteAllText(_folder["world.yaml"], Config);
        var result = GranaryProcess.Run(_folder.Path, "train", "world.yaml");
        Assert.That(result.ExitCode, Is.Zero, result.ToString());
    }

    [OneTimeTearDown]
    public void Remove()
    {
        _folder.Dispose();
    }

    [Test]
    public void Every_cell_is_told_and_the_same_again()
    {
        var first = GranaryProcess.Run(_folder.Path, [.. Asked, "--json"]);
        var again = GranaryProcess.Run(_folder.Path, [.. Asked, "--json"]);

        Assert.That(first.ExitCode, Is.Zero, first.ToString());
        Assert.That(again.Output, Is.EqualTo(first.Output));
        var json = first.Json();
        Assert.That(json.GetProperty("is_trained_world").GetBoolean(), Is.True);
        var cells = json.GetProperty("cells").EnumerateArray().ToList();
        Assert.That(cells, Has.Count.EqualTo((2 * 2 * 4) + 4));
        Assert.That(cells.Select(cell => cell.GetProperty("items").GetInt32()), Has.All.EqualTo(6));
        Assert.That(cells.Select(cell => cell.GetProperty("prompt_tokens").GetDouble()), Has.All.InRange(1, 128));
        Assert.That(cells[^1].GetProperty("candidates").GetInt32(), Is.EqualTo(8), "of 16 facts half are told both ways");
    }

    [Test]
    public void A_table_is_printed_and_a_picture_drawn()
    {
        var result = GranaryProcess.Run(_folder.Path, [.. Asked, "--tasks", "multi-key", "--plot", "seen.svg"]);

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Lines, Has.Some.EqualTo("multi-key: 6 items a cell, 10 candidates"));
        Assert.That(XDocument.Load(_folder["seen.svg"]).Root!.Name.LocalName, Is.EqualTo("svg"));
    }

    [Test]
    public void Held_out_documents_fill_the_contexts_where_they_are_named()
    {
        File.WriteAllText(_folder["hay.jsonl"], "{\"text\":\"It rained. It snowed.\"}\n");

        var result = GranaryProcess.Run(_folder.Path, [.. Asked, "--tasks", "key-value", "--filler", "hay.jsonl", "--json"]);

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
    }

    [TestCase("--lengths 256", "'--lengths' is '256' but must be from 32 to 128, the longest the model takes.")]
    [TestCase("--lengths 32", "'--lengths' holds '32' but an item of task 'context-reversal' has at least ")]
    [TestCase("--lengths a,b", "'--lengths' holds 'a' but must be whole numbers")]
    [TestCase("--tasks needle", "'--tasks' is 'needle' but must be among key-value, multi-key, context-reversal, reversal.")]
    [TestCase("--pairs 17", "'--pairs' is '17' but must be from 2 to 16.")]
    [TestCase("--input world.yaml", "'--input' is 'world.yaml' but --long writes its own questions.")]
    public void Wrong_values_are_refused_with_the_allowed_ones(string options, string expected)
    {
        var result = GranaryProcess.Run(_folder.Path, ["eval", "--long", "--model", "runs/world", .. options.Split(' ')]);

        Assert.That(result.ExitCode, Is.EqualTo(2), result.ToString());
        Assert.That(result.Error, Does.Contain(expected));
    }

    [Test]
    public void Without_a_text_and_without_long_nothing_can_be_measured()
    {
        var result = GranaryProcess.Run(_folder.Path, "eval", "--model", "runs/world");

        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Error, Does.Contain("'--input' is missing."));
    }
}
