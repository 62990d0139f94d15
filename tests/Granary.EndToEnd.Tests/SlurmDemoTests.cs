using System.Text.Json;
using System.Text.RegularExpressions;
using Granary.Testing;

namespace Granary.EndToEnd.Tests;

/// <summary>
/// The demo's whole text under a real Slurm: an array of three tokenizes it, two ranks train on it, are requeued, cancelled and
/// submitted again. Without the demo's limit of eight seconds of reading, which ends at another document each time, and its search
/// for a mixture, which is no preparation; with 40 steps in place of those that fit 100 seconds.
/// </summary>
[Category("Slow")]
[Category("Slurm")]
public sealed class SlurmDemoTests
{
    private const string Config = "demo.yaml";
    private const string Submission = "submission={slurm: {ranks_per_node: 2, time: 15m, save_before: 30s, preparation_tasks: 3}}";

    private static readonly string[] Settings =
    [
        "--set", "corpus.time_budget=null", "--set", "mix=null", "--set", "training.time_budget=0s", "--set", "training.steps=40", "--set", "training.threads=1",
        "--set", "training.checkpoint_every_steps=5", "--set", "evaluation.max_bytes=20000",
    ];

    private TempFolder _folder = null!;

    [SetUp]
    public void Make()
    {
        _folder = new TempFolder();
        File.Copy(Repository.PathOf("configs", Config), _folder[Config]);
    }

    [TearDown]
    public void Remove()
    {
        _folder.Dispose();
    }

    [Test]
    public void The_demo_has_the_shards_and_bits_of_a_run_by_hand_though_it_is_requeued_and_cancelled_on_the_way()
    {
        using var slurm = SlurmCluster.StartOrSkip();
        var byHand = GranaryProcess.Run(_folder.Path, ["run", Config, "--runs", "by-hand", "--ranks", "2", .. Settings]);
        Assert.That(byHand.ExitCode, Is.Zero, byHand.ToString());

        Submit(slurm);
        var state = DisturbTraining(slurm);
        var queue = slurm.Slurm("squeue", "--noheader");
        Submit(slurm);
        var log = slurm.Granary(_folder.Path, "logs", "demo", "--runs", "submitted", "--follow").Output;

        Assert.That((state, queue.Output.Trim()), Is.EqualTo(("cancelled", string.Empty)), "nothing is left behind");
        Assert.That(Regex.Count(AllLogs(), @"split \d+ of \d+ is tokenized"), Is.GreaterThan(3), "every task of the array has some");
        Assert.That(log, Does.Contain("going on from step").And.Contain("on 2 ranks (2 data x 1 sequence) of 1 thread each").And.Contain("decompose: unchanged"));
        Assert.That(Job(slurm).GetProperty("state").GetString(), Is.EqualTo("done"), log);
        AssertSameShards();
        TinyRun.AssertSameBits(_folder["by-hand", "demo"], _folder["submitted", "demo"]);
    }

    // Requeued behind its first checkpoint, cancelled behind the next: each time it goes on from there.
    private string? DisturbTraining(SlurmCluster slurm)
    {
        using var following = slurm.Start(_folder.Path, "logs", "demo", "--runs", "submitted", "--follow");
        Assert.That(following.WaitForLine(IsStep), Is.Not.Null, AllLogs());
        var id = Job(slurm).GetProperty("parts").EnumerateArray().Single(part => part.GetProperty("name").GetString() == "train").GetProperty("id").GetString()!;
        Assert.That(slurm.Slurm("scontrol", "requeue", id).ExitCode, Is.Zero);
        Assert.That(following.WaitForLine(line => line.Contains("going on from step", StringComparison.Ordinal)), Is.Not.Null, AllLogs());
        Assert.That(following.WaitForLine(IsStep), Is.Not.Null, AllLogs());
        Assert.That(slurm.Slurm("scontrol", "show", "job", id).Output, Does.Contain("Restarts=1"));

        var cancelled = slurm.Granary(_folder.Path, "cancel", "demo", "--runs", "submitted");
        Assert.That(cancelled.ExitCode, Is.Zero, cancelled.ToString());
        following.WaitForEnd();
        return Job(slurm).GetProperty("state").GetString();
    }

    private static bool IsStep(string line) => Regex.IsMatch(line, @"step \d+/40");

    private void Submit(SlurmCluster slurm)
    {
        var submitted = slurm.Granary(_folder.Path, ["submit", Config, "--runs", "submitted", "--to", "slurm", "--json", "--set", Submission, .. Settings]);
        Assert.That(submitted.ExitCode, Is.Zero, submitted.ToString());
    }

    private JsonElement Job(SlurmCluster slurm)
    {
        return JsonSerializer.Deserialize<JsonElement>(slurm.Granary(_folder.Path, "jobs", "--runs", "submitted", "--json").Lines.Single());
    }

    private string AllLogs()
    {
        return string.Concat(Directory.EnumerateFiles(_folder["submitted", "demo", "jobs"], "*.log", SearchOption.AllDirectories).Select(File.ReadAllText));
    }

    private void AssertSameShards()
    {
        var (expected, actual) = (_folder["by-hand", "demo", "stages", "decompose"], _folder["submitted", "demo", "stages", "decompose"]);
        var names = ShardsIn(expected);
        Assert.That(names, Is.Not.Empty);
        Assert.That(ShardsIn(actual), Is.EqualTo(names));
        foreach (var name in names)
        {
            Assert.That(File.ReadAllBytes(Path.Combine(actual, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(expected, name))), Is.True, name);
        }
    }

    private static string[] ShardsIn(string folder)
    {
        return [.. Directory.EnumerateFiles(folder, "*.shard", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)];
    }
}
