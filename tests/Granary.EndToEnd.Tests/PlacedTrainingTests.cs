using Granary.Cluster.Grains;
using Granary.Core.Runs;

namespace Granary.EndToEnd.Tests;

public sealed class PlacedTrainingTests
{
    private const string Config = "placed.yaml";

    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(10);

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

    // Longer than the usual one, so that something can happen on the way.
    private static string Configuration => $$"""
        {{TinyRun.Yaml.Replace($"steps: {TinyRun.Steps},", "steps: 300,", StringComparison.Ordinal).Replace("every_steps: 3", "every_steps: 10", StringComparison.Ordinal).Replace("cycles: 2", "cycles: 2, passes: 3", StringComparison.Ordinal)}}
        cluster: {ranks: 2}
        parallel: {timeout: 60s}

        """;

    [Test]
    public async Task Two_ranks_on_two_workers_have_the_bits_of_two_ranks_here()
    {
        using var cluster = new TrainingCluster(_run, LeaseTime);
        cluster.AddWorker(drivers: 1);
        cluster.AddWorker();
        await cluster.SubmitAsync("whole", Configuration);

        var (job, log) = await cluster.WaitForEndAsync("whole");

        Assert.That(job.Status, Is.EqualTo(JobStatus.Done), log);
        TinyRun.AssertSameBits(_run["here", "tiny"], RunOf("whole"));
    }

    [Test]
    [Category("Slow")]
    public async Task A_worker_killed_on_the_way_costs_a_generation_and_no_bit()
    {
        using var cluster = new TrainingCluster(_run, LeaseTime);
        cluster.AddWorker(drivers: 1);
        var killed = cluster.AddWorker();
        await cluster.SubmitAsync("killed", Configuration);
        await cluster.WaitForStepAsync(RunOf("killed"), step: 10);

        killed.Kill();
        cluster.AddWorker();
        var (job, log) = await cluster.WaitForEndAsync("killed");

        Assert.That(job.Status, Is.EqualTo(JobStatus.Done), log);
        Assert.That(RunGeneration.Find(RunOf("killed"))?.Number, Is.GreaterThan(1));
        TinyRun.AssertSameBits(_run["here", "tiny"], RunOf("killed"));
    }

    [Test]
    [Category("Slow")]
    public async Task A_worker_that_is_asked_to_end_costs_no_step()
    {
        using var cluster = new TrainingCluster(_run, LeaseTime);
        cluster.AddWorker(drivers: 1);
        var drained = cluster.AddWorker();
        await cluster.SubmitAsync("drained", Configuration);
        await cluster.WaitForStepAsync(RunOf("drained"), step: 10);

        drained.Terminate();
        var ended = drained.WaitForEnd();
        var steps = TinyRun.Losses(RunOf("drained")).Count;
        cluster.AddWorker();
        var (job, log) = await cluster.WaitForEndAsync("drained");

        Assert.That(ended.ExitCode, Is.Zero, ended.ToString());
        Assert.That(job.Status, Is.EqualTo(JobStatus.Done), log);
        Assert.That(RunGeneration.Find(RunOf("drained"))?.FromStep, Is.EqualTo(steps), "its ranks saved what they had done");
        TinyRun.AssertSameBits(_run["here", "tiny"], RunOf("drained"));
    }

    [Test]
    [Category("Slow")]
    public async Task A_coordinator_that_restarts_costs_no_step()
    {
        using var cluster = new TrainingCluster(_run, TimeSpan.FromSeconds(30));
        cluster.AddWorker(drivers: 1);
        cluster.AddWorker();
        await cluster.SubmitAsync("restarted", Configuration);
        var run = RunOf("restarted");
        foreach (var step in new[] { 5, 60, 120 })
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
    [Category("Slow")]
    public async Task Workers_killed_again_and_again_leave_the_bits_of_a_run_left_alone()
    {
        using var cluster = new TrainingCluster(_run, LeaseTime);
        var workers = new Queue<GranaryProcess>([cluster.AddWorker(drivers: 1), cluster.AddWorker(drivers: 1), cluster.AddWorker(drivers: 1)]);
        await cluster.SubmitAsync("chaos", Configuration);
        var run = RunOf("chaos");
        foreach (var step in new[] { 10, 40, 80, 120, 160, 200, 240 })
        {
            // Whoever has been there longest goes: a rank, the job's own process, or both.
            await cluster.WaitForStepAsync(run, step);
            workers.Dequeue().Kill();
            workers.Enqueue(cluster.AddWorker(drivers: 1));
        }

        var (job, log) = await cluster.WaitForEndAsync("chaos");

        Assert.That(job.Status, Is.EqualTo(JobStatus.Done), log);
        TinyRun.AssertSameBits(_run["here", "tiny"], run);
    }

    private string RunOf(string job) => _run["jobs", job, "runs", "tiny"];
}
