using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains.Tests;

public sealed class RoomTests
{
    [TestCase(DatasetKind.Work, 8, 0, "waits for a node with 8 threads; the largest has 4")]
    [TestCase(DatasetKind.Work, 4, 0, null, Description = "the largest node is wide enough, though it may be busy")]
    [TestCase(DatasetKind.Work, 0, 0, null, Description = "nothing waits")]
    [TestCase(DatasetKind.Ranks, 2, 3, null, Description = "two on the larger node and one on the smaller")]
    [TestCase(DatasetKind.Ranks, 2, 4, "waits for nodes with room for 4 ranks of 2 threads each; all together have room for 3")]
    [TestCase(DatasetKind.Ranks, 8, 1, "waits for nodes with room for 1 ranks of 8 threads each; all together have room for 0")]
    [TestCase(DatasetKind.Driver, 1, 0, null, Description = "a place for it")]
    public void What_no_node_can_give_is_said_with_what_there_is(DatasetKind kind, int threads, int ranks, string? want)
    {
        var room = new Room([Node(4, drivers: 1), Node(2), Node(64) with { IsLost = true }, Node(64, drivers: 9) with { IsDraining = true }]);

        Assert.That(room.WantOf(Dataset(kind, threads, ranks)), Is.EqualTo(want));
    }

    [TestCase(DatasetKind.Work, "waits for a node with 1 threads; there is none")]
    [TestCase(DatasetKind.Ranks, "waits for nodes with room for 2 ranks of 1 threads each; there is none")]
    [TestCase(DatasetKind.Driver, "waits for a node with a place for a job's own process; there is none")]
    public void Without_a_node_everything_waits(DatasetKind kind, string want)
    {
        Assert.That(new Room([]).WantOf(Dataset(kind, 1, ranks: 2)), Is.EqualTo(want));
    }

    [TestCase(DatasetKind.Driver, 1, 0, 1, "waits for a node with a place for a job's own process and 1 GPU; none has any", Description = "the one with GPUs has no place")]
    [TestCase(DatasetKind.Work, 1, 0, 3, "waits for a node with 3 GPUs; none has more than 2")]
    [TestCase(DatasetKind.Work, 4, 0, 1, "waits for a node with 4 threads and 1 GPU; the largest has 2", Description = "the wide one has none")]
    [TestCase(DatasetKind.Work, 2, 0, 2, null)]
    [TestCase(DatasetKind.Ranks, 1, 2, 1, null)]
    [TestCase(DatasetKind.Ranks, 1, 3, 1, "waits for nodes with room for 3 ranks of 1 threads and 1 GPU each; all together have room for 2")]
    public void Gpus_that_no_node_has_are_waited_for_with_a_reason(DatasetKind kind, int threads, int ranks, int gpus, string? want)
    {
        var room = new Room([Node(4, drivers: 1), Node(2, gpus: 2)]);

        Assert.That(room.WantOf(Dataset(kind, threads, ranks) with { Gpus = gpus }), Is.EqualTo(want));
    }

    [Test]
    public void A_job_waits_where_nodes_take_no_jobs_own_process()
    {
        Assert.That(new Room([Node(4)]).WantOf(Dataset(DatasetKind.Driver, 1, 0)), Is.EqualTo("waits for a node with a place for a job's own process; none has one"));
    }

    [Test]
    public void The_queue_tells_the_widest_shard_that_waits()
    {
        var world = new QueueWorld(mostPasses: 8);
        world.AddNode("n", 2);
        world.Enter("a", "j", priority: 0, [1, 8, 2]);

        var waiting = world.Queue.Snapshot().Datasets.Single().Waiting;

        Assert.That(waiting, Is.EqualTo(8));
    }

    private static QueuedDataset Dataset(DatasetKind kind, int threads, int ranks) => new("j/a", "j", kind, 0, 0, threads, ranks);

    private static NodeSnapshot Node(int threads, int drivers = 0, int gpus = 0)
    {
        var description = new NodeDescription { Id = "n", Address = "a", Threads = threads, Drivers = drivers, MemoryBytes = 1, Gpus = [.. Enumerable.Repeat("H100", gpus)], Version = "1" };
        return new NodeSnapshot(description, default, IsLost: false, IsDraining: false, []);
    }
}
