using Granary.Cluster.Ledger;
using Granary.Core.Randomness;

namespace Granary.Cluster.Grains.Tests;

/// <summary>What needs GPUs runs on nodes that have them, and keeps nothing else from running.</summary>
public sealed class GpuPlacementTests
{
    [Test]
    public void Work_that_needs_a_gpu_goes_to_nodes_that_have_one()
    {
        var world = new GangWorld();
        world.AddNode("plain", 4);
        world.AddNode("gpu", 4, gpus: 1);
        world.EnterWork("a", shards: 3, gpus: 1);
        world.EnterWork("b", shards: 2);

        world.Settle();

        Assert.That((world.PlacedOn("plain", "a"), world.PlacedOn("gpu", "a"), world.Placed("b")), Is.EqualTo((0, 3, 2)));
    }

    [Test]
    public void A_jobs_own_process_goes_to_a_node_that_has_as_many_as_it_names()
    {
        var queue = new FairQueue(mostPasses: 8);
        queue.Enter(new QueueEntry("j/driver", "j", DatasetKind.Driver, 0, Gpus: 2));
        queue.Waits("j/driver", 1);

        var refused = queue.Next(new NodeOffer("one", 0, Drivers: 1, AcceptsRanks: false, Gpus: 1));
        var taken = queue.Next(new NodeOffer("two", 0, Drivers: 1, AcceptsRanks: false, Gpus: 2));

        Assert.That((refused, taken?.Node), Is.EqualTo(((QueueGrant?)null, "two")));
    }

    [TestCase(2, 1, "gpu", Description = "a rank for each GPU, whatever the threads")]
    [TestCase(3, 1, null, Description = "two GPUs have no room for three")]
    [TestCase(2, 2, null, Description = "nor for two of two each")]
    public void No_node_has_more_ranks_than_its_gpus_have_room_for(int ranks, int gpus, string? node)
    {
        var world = new GangWorld();
        world.AddNode("gpu", 8, gpus: 2);
        world.AddNode("plain", 8);
        world.EnterGang("g", ranks, gpus: gpus);

        world.Settle();

        Assert.That((world.PlacedOn("gpu", "g"), world.PlacedOn("plain", "g")), Is.EqualTo((node is null ? 0 : ranks, 0)));
    }

    [Test]
    public void Ranks_spread_over_the_gpus_of_several_nodes()
    {
        var world = new GangWorld();
        world.AddNode("a", 8, gpus: 2);
        world.AddNode("b", 8, gpus: 1);
        world.EnterGang("g", 3, gpus: 1);

        world.Settle();

        Assert.That((world.PlacedOn("a", "g"), world.PlacedOn("b", "g")), Is.EqualTo((2, 1)));
    }

    [Test]
    public void Work_that_no_node_has_the_gpus_for_keeps_no_node_for_itself()
    {
        var world = new GangWorld(mostPasses: 1);
        world.AddNode("plain", 4);
        world.EnterWork("wide", shards: 1, threads: 4, priority: 1, gpus: 1);
        world.EnterGang("gang", ranks: 2, priority: 1, gpus: 1);
        world.EnterWork("narrow", shards: 20);

        for (var ended = 0; ended < 20; ended++)
        {
            world.Settle();
            world.End("plain", "narrow");
        }

        Assert.That((world.Placed("wide"), world.Placed("gang")), Is.EqualTo((0, 0)));
    }

    [Test]
    public void A_dataset_that_was_made_empty_needs_the_gpus_of_what_is_added()
    {
        var queue = new FairQueue(mostPasses: 8);
        queue.Enter(new QueueEntry("d", "j", DatasetKind.Work, 0));
        queue.Waits("d", 1);

        var isOther = queue.Enter(new QueueEntry("d", "j", DatasetKind.Work, 0, Gpus: 1));

        Assert.That((isOther, queue.Next(new NodeOffer("plain", 4, 0, AcceptsRanks: true))), Is.EqualTo((true, (QueueGrant?)null)));
    }

    /// <summary>Whatever nodes, work and gangs there are, nothing lands where the GPUs are too few.</summary>
    [Test]
    public void Nothing_is_ever_placed_where_gpus_are_missing()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var key = RandomKey.FromSeed(seed);
            var world = new GangWorld(mostPasses: 2);
            var gpus = Enumerable.Range(0, 4).Select(node => (int)key.BelowAt(node, 3)).ToArray();
            for (var node = 0; node < gpus.Length; node++)
            {
                world.AddNode($"n{node}", 1 + (int)key.BelowAt(10 + node, 6), gpus[node]);
            }

            for (var dataset = 0; dataset < 6; dataset++)
            {
                var (threads, needs) = (1 + (int)key.BelowAt(20 + dataset, 3), (int)key.BelowAt(30 + dataset, 3));
                if (dataset % 2 == 0)
                {
                    world.EnterWork($"{needs}/{dataset}", shards: 4, threads, gpus: needs);
                }
                else
                {
                    world.EnterGang($"{needs}/{dataset}", ranks: 1 + (int)key.BelowAt(40 + dataset, 4), threads, gpus: needs);
                }
            }

            for (var round = 0; round < 20; round++)
            {
                world.Settle();
                AssertEnough(world, gpus);
                world.EndAny(below => (int)key.BelowAt(50 + round, (uint)below));
            }
        }
    }

    private static void AssertEnough(GangWorld world, int[] gpus)
    {
        var datasets = Enumerable.Range(0, 6).SelectMany(dataset => Enumerable.Range(0, 3).Select(needs => (Name: $"{needs}/{dataset}", Needs: needs, IsGang: dataset % 2 == 1)));
        foreach (var (name, needs, isGang) in datasets)
        {
            for (var node = 0; node < gpus.Length; node++)
            {
                var placed = world.PlacedOn($"n{node}", name);
                Assert.That(placed == 0 || (isGang ? placed * needs : needs) <= gpus[node], Is.True, $"{placed} of '{name}' on a node of {gpus[node]} GPUs");
            }
        }
    }
}
