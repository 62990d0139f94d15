using System.Text.Json;
using Granary.Core.Runs;
using Granary.Testing;

namespace Granary.EndToEnd.Tests;

/// <summary>A model of mazes by command: trained, gone on with, scored and drawn.</summary>
public sealed class MazesTrainingTests
{
    private const string Yaml = """
        name: tiny
        mazes: {kind: dfs, size: 3, training_mazes: 200, validation_mazes: 40, rows_per_step: 4}
        model: {type: past, hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, max_position_embeddings: 48}
        objective: {type: mlm-u}
        optimizer: {type: adamw, learning_rate: 0.003}
        training: {steps: 6, threads: 1, evaluate_every_steps: 3}
        evaluation: {mazes: 10, final_mazes: 20}

        """;

    [TestCase("", Description = "an encoder-decoder and MLM-U")]
    [TestCase("model={type: llama, hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, max_position_embeddings: 48}|objective={type: next-token}", Description = "the baseline")]
    public void A_run_is_trained_scored_and_drawn(string overrides)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["maze.yaml"], Yaml);
        string[] set = [.. overrides.Split('|', StringSplitOptions.RemoveEmptyEntries).SelectMany(entry => (string[])["--set", entry])];

        var trained = GranaryProcess.Run(folder.Path, ["mazes", "train", "maze.yaml", .. set]);
        var score = GranaryProcess.Run(folder.Path, "mazes", "score", "--model", "runs/tiny", "--count", "20", "--json");
        var shown = GranaryProcess.Run(folder.Path, "mazes", "show", "--model", "runs/tiny", "--number", "2", "--svg", "found.svg");

        Assert.That(trained.ExitCode, Is.Zero, trained.ToString());
        var measured = EventLog.Read(folder["runs", "tiny", "events.jsonl"]).Where(reported => reported.Kind == "mazes").ToList();
        Assert.That(measured.Select(reported => (reported.Step, reported.Numbers["mazes"])), Is.EqualTo(new (long?, double)[] { (3, 10), (6, 20) }));
        Assert.That(trained.Output, Does.Contain("of 20 unseen mazes solved"));
        Assert.That(score.ExitCode, Is.Zero, score.ToString());
        Assert.That(JsonSerializer.Deserialize<JsonElement>(score.Output).GetProperty("exact").GetDouble(), Is.EqualTo(measured[1].Numbers["exact"]));
        Assert.That(shown.ExitCode, Is.Zero, shown.ToString());
        Assert.That(shown.Output, Does.Contain("cells right"));
        Assert.That(folder["found.svg"], Does.Exist);
    }

    [Test]
    public void A_run_that_stopped_goes_on_with_the_same_bits()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["maze.yaml"], Yaml);
        string[] longer = ["--set", "training.steps=300", "--set", "training.evaluate_every_steps=0"];
        var alone = GranaryProcess.Run(folder.Path, ["mazes", "train", "maze.yaml", "--runs", "alone", .. longer]);

        using var process = GranaryProcess.Start(folder.Path, ["mazes", "train", "maze.yaml", "--runs", "stopped", "--json", .. longer]);
        process.WaitForLine(line => line.Contains("\"kind\":\"step\"", StringComparison.Ordinal));
        process.Interrupt();
        var interrupted = process.WaitForEnd();
        var resumed = GranaryProcess.Run(folder.Path, "mazes", "train", "stopped/tiny/config.yaml", "--runs", "stopped");

        Assert.That(alone.ExitCode, Is.Zero, alone.ToString());
        Assert.That(interrupted.ExitCode, Is.EqualTo(130), interrupted.ToString());
        Assert.That(resumed.ExitCode, Is.Zero, resumed.ToString());
        TinyRun.AssertSameBits(folder["alone", "tiny"], folder["stopped", "tiny"]);
    }

    [Test]
    public void A_model_that_cannot_be_trained_so_is_refused_by_check()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["maze.yaml"], Yaml);

        var refused = GranaryProcess.Run(folder.Path, "check", "maze.yaml", "--set", "model={type: llama, max_position_embeddings: 64}");
        var folderOfText = GranaryProcess.Run(folder.Path, "mazes", "score", "--model", ".");

        Assert.That(refused.ExitCode, Is.EqualTo(2), refused.ToString());
        Assert.That(refused.Error, Does.Contain("a decoder has no query for a hidden position"));
        Assert.That(folderOfText.ExitCode, Is.EqualTo(1), folderOfText.ToString());
        Assert.That(folderOfText.Error, Does.Contain("is no run on mazes"));
    }
}
