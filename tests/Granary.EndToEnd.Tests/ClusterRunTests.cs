using Granary.Data.Shards;

namespace Granary.EndToEnd.Tests;

public sealed class ClusterRunTests
{
    private const int Files = 9;
    private const string Job = "spread";

    // What a killed worker held is waited for so long.
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(4);

    [Test]
    [Category("Slow")]
    public void Shards_that_three_workers_made_are_those_of_one_process()
    {
        using var run = NewRun();
        using var cluster = new TinyCluster(run, LeaseTime);
        var alone = run.Granary("decompose", TinyRun.Config, "--runs", "alone");
        var workers = Enumerable.Range(0, 3).Select(_ => cluster.StartWorker()).ToArray();

        var spread = run.Granary(["decompose", TinyRun.Config, "--runs", "spread", .. SettingsOf(cluster), "--set", $"cluster.token_file={cluster.AdminToken}"]);

        Assert.That(alone.ExitCode, Is.Zero, alone.ToString());
        Assert.That(spread.ExitCode, Is.Zero, spread.ToString());
        Assert.That(spread.Output, Does.Contain($"{Files} splits for the workers of the cluster"));
        AssertSameFiles(run["alone", "tiny", "stages", "decompose"], run["spread", "tiny", "stages", "decompose"]);
        Assert.That(Directory.Exists(run["spread", "tiny", "stages", "tokens"]), Is.False, "the shards hold what was there");
        Assert.That(File.ReadAllText(run["spread", "tiny", "config.yaml"]), Is.EqualTo(File.ReadAllText(run["alone", "tiny", "config.yaml"])));
        Array.ForEach(workers, worker => worker.Interrupt());
        Assert.That(workers.Select(worker => worker.WaitForEnd().ExitCode), Is.All.Zero, "a worker that is asked to end gives back what it has");
    }

    [Test]
    public void A_job_whose_node_and_coordinator_are_killed_ends_with_the_bits_of_a_run_by_one_process()
    {
        using var run = NewRun();
        using var cluster = new TinyCluster(run, LeaseTime);
        var alone = run.Granary("run", TinyRun.Config, "--runs", "alone");
        Assert.That(alone.ExitCode, Is.Zero, alone.ToString());

        var first = cluster.StartWorker(drivers: 1);
        Submit(run, cluster);
        Assert.That(first.WaitForLine(line => line.StartsWith($"takes {Job}/driver#0", StringComparison.Ordinal)), Is.Not.Null);
        var second = cluster.StartWorker(drivers: 1);
        var third = cluster.StartWorker();
        Assert.That(third.WaitForLine(line => line.StartsWith($"takes {Job}/tokens", StringComparison.Ordinal)), Is.Not.Null);
        first.Kill(); // with the job's own process, and a split
        Assert.That(second.WaitForLine(line => line.StartsWith($"takes {Job}/driver#0", StringComparison.Ordinal)), Is.Not.Null);
        cluster.RestartCoordinator();
        var ended = second.WaitForLine(line => line.StartsWith($"{Job}/driver#0", StringComparison.Ordinal) && line.Contains("is done", StringComparison.Ordinal));

        Assert.That(ended, Is.Not.Null);
        AssertSameFiles(run["alone", "tiny", "stages", "decompose"], run["jobs", Job, "runs", "tiny", "stages", "decompose"]);
        TinyRun.AssertSameBits(run["alone", "tiny"], run["jobs", Job, "runs", "tiny"]);
    }

    private static TinyRun NewRun()
    {
        var run = new TinyRun();
        for (var file = 0; file < Files; file++)
        {
            File.WriteAllText(run[$"words-{file}.jsonl"], TinyRun.Documents(seed: file / 2, count: 150));
        }

        File.WriteAllText(run[TinyRun.Config], TinyRun.Yaml.Replace("words.jsonl", "words-*.jsonl", StringComparison.Ordinal));
        return run;
    }

    private static string[] SettingsOf(TinyCluster cluster)
    {
        return ["--set", $"cluster.coordinator={cluster.Url}", "--set", "cluster.split_bytes=65536"];
    }

    private static void Submit(TinyRun run, TinyCluster cluster)
    {
        var variables = new Dictionary<string, string> { ["GRANARY_TOKEN_FILE"] = cluster.AdminToken };
        using var submitting = GranaryProcess.StartWith(variables, run.Folder, ["submit", TinyRun.Config, "--to", cluster.Url, "--key", Job, .. SettingsOf(cluster)]);
        var submitted = submitting.WaitForEnd();
        Assert.That(submitted.ExitCode, Is.Zero, submitted.ToString());
    }

    private static void AssertSameFiles(string expected, string actual)
    {
        var manifest = ShardManifest.Load(Path.Combine(expected, ShardManifest.FileName));
        string[] names = [ShardManifest.FileName, .. manifest.Buckets.SelectMany(bucket => bucket.Shards).Select(shard => shard.File)];
        foreach (var name in names)
        {
            Assert.That(File.ReadAllBytes(Path.Combine(actual, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(expected, name))), Is.True, name);
        }
    }
}
