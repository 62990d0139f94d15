using System.Text.Json;
using System.Text.RegularExpressions;
using Granary.Core.Runs;

namespace Granary.EndToEnd.Tests;

public sealed class WholeRunTests
{
    internal static readonly string[] Stages = ["corpus", "tokenizer", "decompose", "train", "evaluate", "sample", "export"];

    [Test]
    public void A_run_ends_with_everything_in_its_folder()
    {
        var run = FinishedRun.Run;

        Assert.That(FinishedRun.Result.ExitCode, Is.Zero, FinishedRun.Result.ToString());
        Assert.That(FinishedRun.Result.Error, Is.Empty);
        string[] files =
        [
            "config.yaml", "events.jsonl", "latest", "samples.txt", "stages/corpus/corpus.json", "stages/tokenizer/tokenizer.json",
            "checkpoints/step-00000040/manifest.json", "export/huggingface/model.safetensors", "export/huggingface/config.json", "export/huggingface/tokenizer.json",
        ];
        foreach (var file in files)
        {
            Assert.That(Path.Combine(run.RunPath, file), Does.Exist);
        }

        Assert.That(Stages.Select(stage => FinishedRun.Result.Lines.Count(line => line.StartsWith($"{stage}: done - ", StringComparison.Ordinal))), Is.All.EqualTo(1));
        Assert.That(Leftovers(run.RunPath), Is.Empty);
    }

    [Test]
    public void The_events_tell_every_step_once_and_the_loss_falls()
    {
        var losses = TinyRun.Losses(FinishedRun.Run.RunPath);
        var events = EventLog.Read(Path.Combine(FinishedRun.Run.RunPath, "events.jsonl")).ToList();

        Assert.That(losses.Select(entry => entry.Step), Is.EqualTo(Enumerable.Range(0, TinyRun.Steps)));
        Assert.That(losses[^1].Loss, Is.LessThan(losses[0].Loss - 0.3));
        Assert.That(events.Where(reported => reported.Kind == "evaluation").Select(reported => reported.Step), Is.EqualTo(new long?[] { TinyRun.Steps }));
        Assert.That(events.Last(reported => reported.Kind == "checkpoint").Step, Is.EqualTo(TinyRun.Steps));
        Assert.That(events.Select(reported => reported.Time), Has.None.Null);
    }

    [Test]
    public void A_run_from_before_a_section_existed_goes_on()
    {
        using var copy = TinyRun.CopyOf(FinishedRun.Run);
        var path = copy["runs", "tiny", "config.yaml"];
        var older = Regex.Replace(File.ReadAllText(path), @"^parallel:\n(  .*\n)+", string.Empty, RegexOptions.Multiline);
        File.WriteAllText(path, older);

        var result = copy.Granary("run", TinyRun.Config);

        Assert.That(older, Does.Not.Contain("parallel:"));
        Assert.That(result.ExitCode, Is.Zero, result.ToString());
    }

    [Test]
    public void Json_output_is_one_object_a_line_and_nothing_else()
    {
        using var copy = TinyRun.CopyOf(FinishedRun.Run);
        File.Delete(copy["runs", "tiny", "samples.txt"]);

        var result = copy.Granary("run", TinyRun.Config, "--json");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        var kinds = result.Lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line).GetProperty("kind").GetString()).ToList();
        Assert.That(kinds.Count(kind => kind == "stage_begin"), Is.EqualTo(Stages.Length));
        Assert.That(kinds.Count(kind => kind == "stage_end"), Is.EqualTo(Stages.Length));
        Assert.That(result.Error, Is.Empty);
    }

    [Test]
    public void An_interrupted_run_saves_says_how_to_go_on_and_ends_with_the_same_bits()
    {
        string[] longer = ["--set", "training.steps=200", "--set", "batching.passes=3", "--json"];
        using var run = new TinyRun();
        var alone = run.Granary(["train", TinyRun.Config, "--runs", "alone", .. longer]);

        using var process = GranaryProcess.Start(run.Folder, ["run", TinyRun.Config, "--runs", "stopped", .. longer]);
        process.WaitForLine(line => line.Contains("\"kind\":\"step\"", StringComparison.Ordinal));
        process.Interrupt();
        var interrupted = process.WaitForEnd();

        Assert.That(alone.ExitCode, Is.Zero, alone.ToString());
        Assert.That(interrupted.ExitCode, Is.EqualTo(130), interrupted.ToString());
        Assert.That(interrupted.Error, Does.Contain("granary: saving;"));
        Assert.That(interrupted.Lines[^1], Does.Contain("Go on with: granary run stopped/tiny/config.yaml --runs stopped"));
        var done = TinyRun.Losses(run["stopped", "tiny"]).Count;
        Assert.That(File.ReadAllText(run["stopped", "tiny", "latest"]), Does.Contain($"step-{done:D8}"), "the step at hand is saved");
        var resumed = run.Granary("run", "stopped/tiny/config.yaml", "--runs", "stopped");
        Assert.That(resumed.ExitCode, Is.Zero, resumed.ToString());
        Assert.That(resumed.Output, Does.Contain(FormattableString.Invariant($"going on from step {done:N0}")));
        TinyRun.AssertSameBits(run["alone", "tiny"], run["stopped", "tiny"]);
    }

    [Test]
    public void A_run_without_held_out_documents_is_warned_of_and_goes_to_its_end()
    {
        using var run = new TinyRun();

        var result = run.Granary("run", TinyRun.Config, "--set", "corpus.sources.0.held_out_one_in=0", "--set", "training.steps=4");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Output, Does.Contain("warning: No document is held out"));
        Assert.That(run["runs", "tiny", "export", "huggingface", "model.safetensors"], Does.Exist);
    }

    [Test]
    public void Sources_are_mixed_by_weights_that_change_in_the_run_and_limits_are_warned_of()
    {
        using var run = new TinyRun();
        File.WriteAllText(run["notes.jsonl"], TinyRun.Documents(seed: 6, count: 30));
        string[] mixture =
        [
            "--set", "corpus.sources=[{name: words, type: jsonl, paths: [words.jsonl]}, {name: notes, type: jsonl, paths: [notes.jsonl]}]",
            "--set", "batching.phases=[{steps: 10, source_weights: {words: 1, notes: 1}}, {source_weights: {words: 1, notes: 3}, curriculum: uniform}]",
            "--set", "batching.max_epochs=2",
        ];

        var result = run.Granary(["train", TinyRun.Config, .. mixture]);

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Output, Does.Contain("steps by phase: 10, ").And.Contain("  notes").And.Contain("  words"), result.ToString());
        var refused = run.Granary(["train", TinyRun.Config, .. mixture, "--set", "name=longer", "--set", "training.steps=4000"]);
        Assert.That(refused.ExitCode, Is.EqualTo(2), refused.ToString());
        Assert.That(refused.Error, Does.Contain("Source 'notes' would be used").And.Contain("allows 2"));
    }

    private static IEnumerable<string> Leftovers(string folder)
    {
        return Directory.EnumerateFileSystemEntries(folder, "*.tmp-*", SearchOption.AllDirectories);
    }
}
