using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains.Tests;

public sealed class DatasetRulesTests
{
    [TestCase("j/tokens", DatasetKind.Work, null)]
    [TestCase("j/driver", DatasetKind.Driver, null)]
    [TestCase("j/driver", DatasetKind.Work, "is of the kind 'Work'", Description = "it takes the name of the job's own process")]
    [TestCase("j/other", DatasetKind.Driver, "is of the kind 'Driver'", Description = "a second process of the job")]
    [TestCase("j/ranks", DatasetKind.Ranks, "not placed yet")]
    public void A_dataset_is_what_its_name_says(string id, DatasetKind kind, string? fault)
    {
        var found = DatasetRules.FaultOf(new DatasetSpec { Id = id, Job = "j", Kind = kind, Shards = [] });

        Assert.That(found, fault is null ? Is.Null : Does.Contain(fault));
    }

    [Test]
    public void Every_shard_computes_with_a_thread_at_least()
    {
        Assert.That(DatasetRules.FaultOf([new ShardWork { Arguments = [], Threads = 0 }]), Does.Contain("'0' threads"));
    }
}
