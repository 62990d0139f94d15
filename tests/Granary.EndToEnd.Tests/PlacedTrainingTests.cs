using Granary.Cluster.Grains;

namespace Granary.EndToEnd.Tests;

public sealed class PlacedTrainingTests
{
    private const string Config = "placed.yaml";

    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(6);

    private TinyRun _run = null!;

    [OneTimeSetUp]
    public void TrainHere()
    {
        _run = new TinyRun();
        File.WriteAllText(_run[Config], Configuration);
        var here = _run.Granary("run", Config, "--runs", "here", "--ranks", "2");
        Assert.That(here.ExitCode, Is.Zero, here.ToString());
    }

    [OneTimeTearDown]
    public void Remove()
    {
        _run.Dispose();
    }

    private static string Configuration => $$"""
        {{TinyRun.Yaml}}
        cluster: {ranks: 2}
        parallel: {timeout: 20s}

        """;

    [Test]
    public async Task Two_ranks_on_two_workers_have_the_bits_of_two_ranks_here()
    {
        using var cluster = new TinyCluster(_run, LeaseTime);
        cluster.AddWorker(drivers: 1);
        cluster.AddWorker();
        await cluster.SubmitAsync("whole", Configuration);

        var (job, log) = await cluster.WaitForEndAsync("whole");

        Assert.That(job.Status, Is.EqualTo(JobStatus.Done), log);
        TinyRun.AssertSameBits(_run["here", "tiny"], RunOf("whole"));
    }

    private string RunOf(string job)
    {
        return Directory.EnumerateFiles(_run.Folder, "generation.json", SearchOption.AllDirectories).Select(file => Path.GetDirectoryName(file)!).Single(folder => folder.Contains(job, StringComparison.Ordinal));
    }
}
