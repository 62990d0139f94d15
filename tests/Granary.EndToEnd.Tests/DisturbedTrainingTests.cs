using Granary.Cluster.Grains;
using Granary.Core.Runs;

namespace Granary.EndToEnd.Tests;

/// <summary>Training that a cluster has placed, while its processes are killed and asked to end.</summary>
[Category("Slow")]
public sealed class DisturbedTrainingTests
{
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(10);

    // Longer than the usual one, so that something can happen on the way.
    private static readonly string Configuration = PlacedTrainingTests.ConfigurationOf(TinyRun.Yaml
        .Replace($"steps: {TinyRun.Steps},", "steps: 300,", StringComparison.Ordinal)
        .Replace("every_steps: 3", "every_steps: 10", StringComparison.Ordinal)
        .Replace("cycles: 2", "cycles: 2, passes: 3", StringComparison.Ordinal));

    private TinyRun _run = null!;

    [OneTimeSetUp]
    public void TrainHere()
    {
        _run = new TinyRun();
        File.WriteAllText(_run[TinyRun.Config], Configuration);
        var here = _run.Granary("run", TinyRun.Config, "--runs", "here", "--ranks", "2");
        Assert.That(here.ExitCode, Is.Zero, here.ToString());
    }

    [OneTimeTearDown]
    public void Remove()
    {
        _run.Dispose();
    }

    [Test]
    public async Task A_worker_killed_on_the_way_costs_a_generation_and_no_bit()
    {
        var (cluster, killed) = await TrainAsync("killed", step: 10);
        using var held = cluster;

        killed.Kill();
        cluster.StartWorker();
        var (job, log) = await cluster.WaitForEndAsync("killed");

        Assert.That(job.Status, Is.EqualTo(JobStatus.Done), log);
        Assert.That(RunGeneration.Find(RunOf("killed"))?.Number, Is.GreaterThan(1));
        TinyRun.AssertSameBits(_run["here", "tiny"], RunOf("killed"));
    }

    [Test]
    public async Task A_worker_that_is_asked_to_end_costs_no_step()
    {
        var (cluster, drained) = await TrainAsync("drained", step: 10);
        using var held = cluster;

        drained.Terminate();
        var ended = drained.WaitForEnd();
        var steps = TinyRun.Losses(RunOf("drained")).Count;
        cluster.StartWorker();
        var (job, log) = await cluster.WaitForEndAsync("drained");

        Assert.That(ended.ExitCode, Is.Zero, ended.ToString());
        Assert.That(job.Status, Is.EqualTo(JobStatus.Done), log);
        Assert.That(RunGeneration.Find(RunOf("drained"))?.FromStep, Is.EqualTo(steps), "its ranks saved what they had done");
        TinyRun.AssertSameBits(_run["here", "tiny"], RunOf("drained"));
    }

    [Test]
    public async Task A_coordinator_that_restarts_costs_no_step()
    {
        var (cluster, _) = await TrainAsync("restarted", step: 5, TimeSpan.FromSeconds(30));
        using var held = cluster;
        var run = RunOf("restarted");
        cluster.RestartCoordinator();
        foreach (var step in new[] { 60, 120 })
        {
            await cluster.WaitForStepAsync(run, step);
            cluster.RestartCoordinator();
        }

        var (job, log) = await cluster.WaitForEndAsync("restarted");

        Assert.That(job.Status, Is.EqualTo(JobStatus.Done), log);
        Assert.That((job.Attempts, RunGeneration.Find(run)?.Number), Is.EqualTo((1, 1)), $"neither the job's own process nor its ranks notice. {log}");
        TinyRun.AssertSameBits(_run["here", "tiny"], run);
    }

    [Test]
    public async Task Workers_killed_again_and_again_leave_the_bits_of_a_run_left_alone()
    {
        using var cluster = new TinyCluster(_run, LeaseTime);
        var workers = new Queue<GranaryProcess>([cluster.StartWorker(drivers: 1), cluster.StartWorker(drivers: 1), cluster.StartWorker(drivers: 1)]);
        await cluster.SubmitAsync("chaos", Configuration);
        var run = RunOf("chaos");
        foreach (var step in new[] { 10, 40, 80, 120, 160, 200, 240 })
        {
            // Whoever has been there longest goes: a rank, the job's own process, or both.
            await cluster.WaitForStepAsync(run, step);
            workers.Dequeue().Kill();
            workers.Enqueue(cluster.StartWorker(drivers: 1));
        }

        var (job, log) = await cluster.WaitForEndAsync("chaos");

        Assert.That(job.Status, Is.EqualTo(JobStatus.Done), log);
        TinyRun.AssertSameBits(_run["here", "tiny"], run);
    }

    // A job of two ranks behind one of its steps: the first worker has its own process too, the second one only a rank.
    private async Task<(TinyCluster Cluster, GranaryProcess Second)> TrainAsync(string job, long step, TimeSpan? leaseTime = null)
    {
        var cluster = new TinyCluster(_run, leaseTime ?? LeaseTime);
        try
        {
            cluster.StartWorker(drivers: 1);
            var second = cluster.StartWorker();
            await cluster.SubmitAsync(job, Configuration);
            await cluster.WaitForStepAsync(RunOf(job), step);
            return (cluster, second);
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    private string RunOf(string job) => _run["jobs", job, "runs", "tiny"];
}
