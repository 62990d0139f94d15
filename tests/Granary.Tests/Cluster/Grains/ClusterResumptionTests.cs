using Granary.Cluster.Ledger;
using Microsoft.Extensions.Logging.Abstractions;

namespace Granary.Cluster.Grains.Tests;

public sealed class ClusterResumptionTests
{
    [Test]
    public async Task A_coordinator_whose_database_is_not_there_yet_tries_again()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.Job("j").SubmitAsync(new JobSubmission { Key = "j", Configuration = "name: x" }, "me");
        await cluster.RestartAsync();
        cluster.Faults = _ => LedgerFault.Before;
        using var resumption = new ClusterResumption(cluster.Grains, cluster.Clock, NullLogger<ClusterResumption>.Instance);

        var rests = cluster.Clock.WhenTimerAsync(TimeSpan.FromSeconds(3));
        await resumption.StartAsync(CancellationToken.None);
        await rests;
        cluster.Faults = _ => LedgerFault.None;
        cluster.Clock.Advance(TimeSpan.FromSeconds(3));
        await resumption.ExecuteTask!;

        Assert.That((await cluster.LeaseAsync(drivers: 1))!.Shard, Is.EqualTo(new ShardKey("j/driver", 0)));
    }
}
