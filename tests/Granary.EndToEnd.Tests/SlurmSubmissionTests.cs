using System.Text.Json;
using System.Text.RegularExpressions;

namespace Granary.EndToEnd.Tests;

/// <summary>Runs under a real Slurm: to the end, over a requeue, over a limit, and cancelled.</summary>
[Category("Slow")]
[Category("Slurm")]
public sealed class SlurmSubmissionTests
{
    private static readonly string[] TwoRanks = ["--to", "slurm", "--json", "--set", "submission={slurm: {ranks_per_node: 2, time: 10m, save_before: 30s}}"];
    private static readonly string[] Long = ["--set", "training.steps=200", "--set", "batching.passes=40"];

    private SlurmCluster _slurm = null!;
    private TinyRun _run = null!;

    [OneTimeSetUp]
    public void Start()
    {
        _slurm = SlurmCluster.StartOrSkip();
        _run = new TinyRun();
    }

    [OneTimeTearDown]
    public void End()
    {
        _run?.Dispose();
        _slurm?.Dispose();
    }

    [Test]
    public void A_corpus_that_an_array_tokenized_and_two_ranks_trained_on_gives_the_bits_of_a_run_by_hand()
    {
        for (var file = 1; file < 6; file++)
        {
            File.WriteAllText(_run[$"more-{file}.jsonl"], TinyRun.Documents(seed: 5 + file, count: 200));
        }

        string[] files = ["--set", "corpus.sources.0.paths=[\"words.jsonl\", \"more-*.jsonl\"]"];
        var byHand = _run.Granary(["run", TinyRun.Config, "--runs", "by-hand", "--ranks", "2", .. files]);
        Assert.That(byHand.ExitCode, Is.Zero, byHand.ToString());

        Submit("submitted", ["--set", "submission.slurm.preparation_tasks=3", .. files]);
        var log = Follow("submitted", "tiny");

        Assert.That(log, Does.Contain("6 splits are tokenized already").And.Contain("on 2 ranks (2 data x 1 sequence) of 1 thread each").And.Contain("decompose: unchanged"));
        Assert.That(Regex.Count(log, @"split \d of 6 is tokenized"), Is.EqualTo(6), log);
        Assert.That(Job("submitted", "tiny").GetProperty("state").GetString(), Is.EqualTo("done"));
        TinyRun.AssertSameBits(_run["by-hand", "tiny"], _run["submitted", "tiny"]);
        Assert.That(ShardsOf("submitted"), Is.EqualTo(ShardsOf("by-hand")));
        Assert.That(ShardsOf("by-hand"), Is.Not.Empty);
    }

    [Test]
    public void A_run_that_is_requeued_and_reaches_its_limit_goes_on_where_it_saved_and_comes_to_the_same_bits()
    {
        var alone = _run.Granary(["run", TinyRun.Config, "--runs", "alone", "--ranks", "2", "--set", "name=long", .. Long]);
        Assert.That(alone.ExitCode, Is.Zero, alone.ToString());
        Submit("requeued", ["--set", "name=long", .. Long]);

        var id = IdOf("requeued", "long", "train");
        using (var following = _slurm.Start(_run.Folder, "logs", "long", "--runs", "requeued", "--follow"))
        {
            following.WaitForLine(line => line.Contains("step 1/", StringComparison.Ordinal));
            Assert.That(_slurm.Slurm("scontrol", "requeue", id).ExitCode, Is.Zero);
            following.WaitForLine(line => line.Contains("going on from step", StringComparison.Ordinal));
            following.WaitForLine(line => line.StartsWith("mean length", StringComparison.Ordinal));

            // What Slurm sends shortly before the limit.
            Assert.That(_slurm.Slurm("scancel", "--batch", "--signal=USR1", id).ExitCode, Is.Zero);
            Assert.That(following.WaitForLine(line => line.Contains("saved before the limit", StringComparison.Ordinal)), Is.Not.Null);
            Assert.That(following.WaitForEnd().ExitCode, Is.Zero);
        }

        Assert.That(Job("requeued", "long").GetProperty("state").GetString(), Is.EqualTo("done"), File.ReadAllText(LogOf("requeued", "long")));
        Assert.That(_slurm.Slurm("scontrol", "show", "job", id).Output, Does.Contain("Restarts=2"));
        TinyRun.AssertSameBits(_run["alone", "long"], _run["requeued", "long"]);
    }

    [Test]
    public void A_cancelled_run_saves_ends_and_is_taken_up_by_submitting_it_again()
    {
        Submit("cancelled", ["--set", "name=cancelled", .. Long]);
        using (var following = _slurm.Start(_run.Folder, "logs", "cancelled", "--runs", "cancelled", "--follow"))
        {
            following.WaitForLine(line => line.Contains("step 1/", StringComparison.Ordinal));
            var cancelled = _slurm.Granary(_run.Folder, "cancel", "cancelled", "--runs", "cancelled");
            Assert.That(cancelled.ExitCode, Is.Zero, cancelled.ToString());
            following.WaitForEnd();
        }

        var state = Job("cancelled", "cancelled").GetProperty("state").GetString();
        var queue = _slurm.Slurm("squeue", "--noheader");
        Submit("cancelled", ["--set", "name=cancelled", .. Long]);
        var log = Follow("cancelled", "cancelled");

        Assert.That(state, Is.EqualTo("cancelled"));
        Assert.That(queue.Lines, Is.Empty, "nothing is left behind");
        Assert.That(log, Does.Contain("going on from step"));
        Assert.That(Job("cancelled", "cancelled").GetProperty("state").GetString(), Is.EqualTo("done"));
    }

    private void Submit(string runs, params string[] more)
    {
        var submitted = _slurm.Granary(_run.Folder, ["submit", TinyRun.Config, "--runs", runs, .. TwoRanks, .. more]);
        Assert.That(submitted.ExitCode, Is.Zero, submitted.ToString());
    }

    private Dictionary<string, byte[]> ShardsOf(string runs)
    {
        var folder = _run[runs, "tiny", "stages", "decompose"];
        return Directory.EnumerateFiles(folder, "*.shard", SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(folder, file), File.ReadAllBytes);
    }

    private string Follow(string runs, string name)
    {
        var followed = _slurm.Granary(_run.Folder, "logs", name, "--runs", runs, "--follow");
        Assert.That(followed.ExitCode, Is.Zero, followed.ToString());
        return followed.Output;
    }

    private JsonElement Job(string runs, string name)
    {
        var jobs = _slurm.Granary(_run.Folder, "jobs", "--runs", runs, "--json");
        Assert.That(jobs.ExitCode, Is.Zero, jobs.ToString());
        return jobs.Lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line)).Single(job => job.GetProperty("name").GetString() == name);
    }

    private string IdOf(string runs, string name, string part)
    {
        return Job(runs, name).GetProperty("parts").EnumerateArray().Single(known => known.GetProperty("name").GetString() == part).GetProperty("id").GetString()!;
    }

    private string LogOf(string runs, string name)
    {
        return Directory.EnumerateFiles(_run[runs, name, "jobs"], "train.log", SearchOption.AllDirectories).Single();
    }
}
