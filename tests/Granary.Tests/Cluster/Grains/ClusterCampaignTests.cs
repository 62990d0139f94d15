using Granary.Cluster.Ledger;
using Granary.Core.Randomness;

namespace Granary.Cluster.Grains.Tests;

/// <summary>Jobs, nodes, a database and a coordinator that all fail at random; when the faults stop, everything ends, and nothing is done twice.</summary>
public sealed class ClusterCampaignTests
{
    private const int Steps = 150;
    private const int Jobs = 4;

    [TestCaseSource(nameof(Seeds))]
    public async Task Everything_ends_and_nothing_is_done_twice(int seed)
    {
        var key = RandomKey.FromSeed(seed).Use("campaign");
        await using var cluster = await TestCluster.StartAsync();
        var leases = new List<ShardLease>();
        var submitted = new HashSet<string>();
        var calls = 0;
        cluster.Faults = _ => key.Use("faults").BelowAt(Interlocked.Increment(ref calls), 30) switch
        {
            0 => LedgerFault.Before,
            1 => LedgerFault.After,
            _ => LedgerFault.None,
        };

        foreach (var step in Enumerable.Range(0, Steps))
        {
            try
            {
                await DoAsync(key.Fold(step));
            }
            catch (LedgerUnavailableException)
            {
                // Whoever asked is told, and may never ask again.
            }
            catch (LedgerConflictException)
            {
                // The job ended before its dataset was made.
            }
        }

        cluster.Faults = _ => LedgerFault.None;
        await cluster.RestartAsync();
        await ClusterResumption.ResumeAsync(cluster.Grains);
        await FinishAsync();

        await Assert.MultipleAsync(async () =>
        {
            foreach (var job in submitted)
            {
                Assert.That((await cluster.Job(job).SnapshotAsync())?.Ended, Is.Not.Null, job);
            }

            Assert.That(cluster.Ledger.Lines.Select(line => line.Shard), Is.Unique);
            Assert.That((await cluster.Queue.SnapshotAsync()).Datasets, Is.Empty);
        });

        async Task DoAsync(RandomKey draw)
        {
            var job = $"j{draw.BelowAt(1, Jobs)}";
            var node = $"n{draw.BelowAt(2, 3)}";
            switch (draw.BelowAt(0, 12))
            {
                case 0:
                    await cluster.Job(job).SubmitAsync(new JobSubmission { Key = job, Configuration = "name: x" }, "me");
                    submitted.Add(job);
                    break;
                case 1:
                    await cluster.CreateAsync($"{job}/{draw.BelowAt(3, 2)}", shards: 5, job, threads: 1 + (int)(draw.BelowAt(1, Jobs) % 2));
                    break;
                case 2 when draw.BelowAt(4, 4) == 0:
                    await cluster.Job(job).CancelAsync();
                    break;
                case 3 or 4 or 5:
                    Keep(await cluster.LeaseAsync(node, threads: 2, drivers: 1));
                    break;
                case 6 or 7 when leases.Count > 0:
                    await cluster.CommitAsync(TakeOne(draw));
                    break;
                case 8 when leases.Count > 0:
                    await cluster.FailAsync(TakeOne(draw));
                    break;
                case 9:
                    cluster.Clock.Advance(TestCluster.Options.LeaseTime * draw.DoubleAt(5));
                    break;
                case 10 when draw.BelowAt(6, 5) == 0:
                    await cluster.RestartAsync();
                    break;
                case 11:
                    await Task.WhenAll(cluster.LeaseAsync("n0", threads: 2), cluster.LeaseAsync("n1", threads: 2), cluster.LeaseAsync("n2", threads: 2));
                    break;
            }
        }

        // Work done by nodes that do not fail; leases that faults left behind run out.
        async Task FinishAsync()
        {
            while ((await cluster.Queue.SnapshotAsync()).Datasets.Count > 0)
            {
                if (await cluster.LeaseAsync(threads: 2, drivers: 1) is { } lease)
                {
                    await cluster.CommitAsync(lease);
                    continue;
                }

                var version = await cluster.Queue.WaitAsync(long.MinValue, TimeSpan.Zero);
                cluster.Clock.Advance(TestCluster.Options.LeaseTime);
                await cluster.Queue.WaitAsync(version, TimeSpan.FromSeconds(1)).WaitAsync(TimeSpan.FromSeconds(30));
            }
        }

        void Keep(ShardLease? lease)
        {
            if (lease is not null)
            {
                leases.Add(lease);
            }
        }

        ShardLease TakeOne(RandomKey draw)
        {
            var taken = leases[(int)draw.BelowAt(7, leases.Count)];
            leases.Remove(taken);
            return taken;
        }
    }

    private static IEnumerable<int> Seeds => Enumerable.Range(0, 40);
}
