using Granary.Cluster.Grains;

namespace Granary.EndToEnd.Tests;

/// <summary>Training whose ranks a cluster places on its workers.</summary>
public sealed class PlacedTrainingTests
{
    private const string Job = "whole";

    [Test]
    public async Task Two_ranks_on_two_workers_have_the_bits_of_two_ranks_here()
    {
        using var run = new TinyRun();
        using var cluster = new TinyCluster(run, leaseTime: TimeSpan.FromSeconds(10));
        cluster.StartWorker(drivers: 1);
        cluster.StartWorker();
        await cluster.SubmitAsync(Job, ConfigurationOf(TinyRun.Yaml));

        var (job, log) = await cluster.WaitForEndAsync(Job);

        Assert.That(job.Status, Is.EqualTo(JobStatus.Done), log);
        TinyRun.AssertSameBits(FinishedRun.RunOfTwoRanks.RunPath, run["jobs", Job, "runs", "tiny"]);
    }

    /// <summary>A configuration whose training needs two ranks of the cluster.</summary>
    internal static string ConfigurationOf(string yaml)
    {
        return $$"""
            {{yaml}}
            cluster: {ranks: 2}
            parallel: {timeout: 60s}

            """;
    }
}
