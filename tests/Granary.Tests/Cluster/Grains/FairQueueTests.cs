using Granary.Cluster.Ledger;
using Granary.Core.Randomness;

namespace Granary.Cluster.Grains.Tests;

public sealed class FairQueueTests
{
    private const int NoPasses = int.MaxValue;

    [Test]
    public void The_highest_priority_goes_first()
    {
        var world = new QueueWorld(NoPasses);
        world.Enter("low", job: "a", priority: 0, shards: [1, 1]);
        world.Enter("high", job: "b", priority: 5, shards: [1, 1]);

        Assert.That(world.Fill("n", threads: 4), Is.EqualTo(new[] { "high", "high", "low", "low" }));
    }

    [Test]
    public void Of_equal_priority_the_job_with_the_least_running_goes_first()
    {
        var world = new QueueWorld(NoPasses);
        world.Enter("a/1", job: "a", priority: 0, shards: [1, 1, 1, 1]);
        world.Enter("b/1", job: "b", priority: 0, shards: [1, 1]);

        Assert.That(world.Fill("n", threads: 6), Is.EqualTo(new[] { "a/1", "b/1", "a/1", "b/1", "a/1", "a/1" }));
    }

    [Test]
    public void Running_shards_weigh_what_they_compute_with()
    {
        var world = new QueueWorld(NoPasses);
        world.Enter("wide", job: "a", priority: 0, shards: [4, 4]);
        world.Enter("narrow", job: "b", priority: 0, shards: [1, 1, 1, 1, 1]);

        Assert.That(world.Fill("n", threads: 12).Take(6), Is.EqualTo(new[] { "wide", "narrow", "narrow", "narrow", "narrow", "wide" }));
    }

    [Test]
    public void Of_equal_share_the_oldest_goes_first_also_in_another_life()
    {
        var world = new QueueWorld(NoPasses);
        world.Enter("z", job: "z", priority: 0, shards: [1]);
        world.Enter("a", job: "a", priority: 0, shards: [1]);

        world.Restart();

        Assert.That(world.Fill("n", threads: 2), Is.EqualTo(new[] { "z", "a" }));
    }

    [Test]
    public void Shards_of_one_job_count_together()
    {
        var world = new QueueWorld(NoPasses);
        world.Enter("a/1", job: "a", priority: 0, shards: [1]);
        world.Enter("a/2", job: "a", priority: 0, shards: [1]);
        world.Enter("b/1", job: "b", priority: 0, shards: [1]);

        Assert.That(world.Fill("n", threads: 3), Is.EqualTo(new[] { "a/1", "b/1", "a/2" }));
    }

    [Test]
    public void A_driver_takes_a_drivers_place_only_and_weighs_nothing()
    {
        var world = new QueueWorld(NoPasses);
        world.Enter("a/driver", job: "a", priority: 0, shards: [1], DatasetKind.Driver);
        world.Enter("b/1", job: "b", priority: 0, shards: [1]);
        world.Enter("a/1", job: "a", priority: 0, shards: [1]);

        Assert.Multiple(() =>
        {
            Assert.That(world.Ask("n", threads: 1, drivers: 1), Is.EqualTo("a/driver"));
            Assert.That(world.Ask("n", threads: 1), Is.EqualTo("b/1"));
            Assert.That(world.Ask("n", threads: 1), Is.EqualTo("a/1"), "equal share, b's place is taken");
            Assert.That(world.Ask("n", threads: 0), Is.Null);
        });
    }

    [Test]
    public void What_does_not_fit_lets_narrower_work_go_in_front()
    {
        var world = new QueueWorld(NoPasses);
        world.Enter("wide", job: "a", priority: 9, shards: [8]);
        world.Enter("narrow", job: "b", priority: 0, shards: [1]);

        Assert.That(world.Ask("n", threads: 4), Is.EqualTo("narrow"));
    }

    [Test]
    public void A_node_is_kept_for_a_wide_shard_after_so_many_passes()
    {
        var world = new QueueWorld(mostPasses: 3);
        world.AddNode("n", threads: 4);
        world.Enter("narrow", job: "b", priority: 0, shards: Enumerable.Repeat(1, 100));
        world.Fill("n", threads: 4);
        world.Enter("wide", job: "a", priority: 0, shards: [4]);

        var granted = Enumerable.Range(0, 12).Select(_ => world.EndOldestAndAsk("n")).ToList();

        Assert.Multiple(() =>
        {
            Assert.That(granted.Take(3), Is.All.EqualTo("narrow"), "passes that are allowed");
            Assert.That(granted.Skip(3).Take(3), Is.All.Null, "the node is kept");
            Assert.That(granted[6], Is.EqualTo("wide"));
        });
    }

    [Test]
    public void A_node_is_kept_for_one_grant_only()
    {
        var world = new QueueWorld(mostPasses: 0);
        world.AddNode("n", threads: 2);
        world.Enter("narrow", job: "b", priority: 0, shards: Enumerable.Repeat(1, 10));
        world.Fill("n", threads: 2);
        world.Enter("wide", job: "a", priority: 0, shards: [2, 2]);
        world.EndOldestAndAsk("n");
        var kept = world.EndOldestAndAsk("n");

        Assert.Multiple(() =>
        {
            Assert.That(kept, Is.EqualTo("wide"));
            Assert.That(world.EndOldestAndAsk("n"), Is.EqualTo("narrow"), "the oldest's turn again");
        });
    }

    [Test]
    public void A_kept_node_still_serves_a_higher_priority()
    {
        var world = new QueueWorld(mostPasses: 0);
        world.AddNode("n", threads: 2);
        world.Enter("narrow", job: "b", priority: 0, shards: Enumerable.Repeat(1, 10));
        world.Fill("n", threads: 2);
        world.Enter("wide", job: "a", priority: 0, shards: [2]);
        world.EndOldestAndAsk("n");
        world.Enter("urgent", job: "c", priority: 1, shards: [1]);

        Assert.That(world.Ask("n", threads: 1), Is.EqualTo("urgent"));
    }

    [Test]
    public void A_node_that_takes_no_more_work_is_not_kept()
    {
        var world = new QueueWorld(mostPasses: 0);
        foreach (var node in new[] { "m", "n" })
        {
            world.AddNode(node, threads: 2);
        }

        world.Enter("narrow", job: "b", priority: 0, shards: Enumerable.Repeat(1, 10));
        world.Fill("m", threads: 2);
        world.Fill("n", threads: 2);
        world.Enter("wide", job: "a", priority: 0, shards: [2]);
        world.EndOldestAndAsk("m");
        var beside = world.EndOldestAndAsk("n");
        world.Queue.Forget("m");

        Assert.Multiple(() =>
        {
            Assert.That(beside, Is.EqualTo("narrow"), "one node is enough");
            Assert.That(world.EndOldestAndAsk("n"), Is.Null, "now this one is kept");
            Assert.That(world.EndOldestAndAsk("n"), Is.EqualTo("wide"));
        });
    }

    [Test]
    public void A_node_that_could_never_be_wide_enough_is_not_kept()
    {
        var world = new QueueWorld(mostPasses: 0);
        world.Enter("wide", job: "a", priority: 0, shards: [8]);
        world.Enter("narrow", job: "b", priority: 0, shards: [1, 1]);

        Assert.That(world.Fill("n", threads: 2), Is.EqualTo(new[] { "narrow", "narrow" }));
    }

    [Test]
    public void Who_asks_while_a_grant_is_under_way_sees_it()
    {
        var world = new QueueWorld(NoPasses);
        world.Enter("a/1", job: "a", priority: 0, shards: [1, 1]);
        world.Enter("b/1", job: "b", priority: 0, shards: [1, 1]);

        var grants = Enumerable.Range(0, 4).Select(index => world.Queue.Next(new NodeOffer($"n{index}", 1, 0, false))!.Dataset);

        Assert.That(grants, Is.EqualTo(new[] { "a/1", "b/1", "a/1", "b/1" }));
    }

    [Test]
    public void A_call_that_comes_while_a_dataset_says_no_is_not_lost()
    {
        var queue = new FairQueue(NoPasses);
        queue.Enter(new QueueEntry("d", "j", DatasetKind.Work, 0));
        queue.Waits("d", 1);
        var grant = queue.Next(new NodeOffer("n", 1, 0, false))!;
        queue.Waits("d", 1);

        queue.Refused(grant);

        Assert.That(queue.Next(new NodeOffer("n", 1, 0, false)), Is.Not.Null);
    }

    [Test]
    public void The_end_of_an_older_lease_does_not_end_the_next_one()
    {
        var queue = new FairQueue(NoPasses);
        queue.Enter(new QueueEntry("d", "j", DatasetKind.Work, 0));
        queue.Waits("d", 1);
        queue.Granted(queue.Next(new NodeOffer("n", 1, 0, false))!, 0, new LeaseToken(1, 2));

        queue.Ended(new ShardKey("d", 0), new LeaseToken(1, 1));

        Assert.That(queue.Snapshot().Datasets.Single().Running, Is.EqualTo(1));
    }

    [Test]
    public void What_ended_before_the_dataset_spoke_does_not_run()
    {
        var queue = new FairQueue(NoPasses);
        queue.Restore(new QueueState { Entries = [new QueueEntry("d", "j", DatasetKind.Work, 0)] });
        queue.Ended(new ShardKey("d", 0), new LeaseToken(1, 1));

        queue.Resume("d", new DatasetDemand([], [new RunningShard(0, 1, "n", new LeaseToken(1, 1)), new RunningShard(1, 1, "n", new LeaseToken(1, 1))], IsOver: false));

        Assert.That(queue.Snapshot().Datasets.Single().Running, Is.EqualTo(1));
    }

    [Test]
    public void The_version_grows_with_all_that_a_waiting_node_wants_to_know()
    {
        var world = new QueueWorld(mostPasses: 0);
        world.AddNode("n", threads: 2);
        world.Enter("narrow", job: "b", priority: 0, shards: [1, 1, 1, 1]);
        var entered = world.Queue.Version;
        world.Fill("n", threads: 2);
        world.Enter("wide", job: "a", priority: 0, shards: [2]);
        world.EndOldestAndAsk("n");
        var kept = world.Queue.Version;
        world.Queue.Leave("wide");

        Assert.Multiple(() =>
        {
            Assert.That(entered, Is.GreaterThan(0));
            Assert.That(world.Queue.Version, Is.GreaterThan(kept), "the node is no longer kept");
        });
    }

    [Test]
    public void Datasets_without_anything_to_grant_are_not_looked_at()
    {
        var queue = new FairQueue(NoPasses);
        foreach (var index in Enumerable.Range(0, 20_000))
        {
            queue.Enter(new QueueEntry($"d{index}", $"j{index}", DatasetKind.Work, 0));
        }

        queue.Waits("d19999", 1);

        Assert.Multiple(() =>
        {
            Assert.That(queue.WaitingLanes, Is.EqualTo(1));
            Assert.That(queue.Next(new NodeOffer("n", 1, 0, false))!.Dataset, Is.EqualTo("d19999"));
        });
    }

    [TestCaseSource(nameof(Seeds))]
    public void Every_choice_is_the_one_that_sorting_everything_would_make(int seed)
    {
        var world = RandomWorld(seed, NoPasses, out var key);

        foreach (var step in Enumerable.Range(0, 400))
        {
            var node = world.Nodes[(int)key.BelowAt(3 * step, world.Nodes.Count)];
            var expected = world.SortedChoice(node);
            var granted = world.Ask(node);
            Assert.That(granted, Is.EqualTo(expected), $"step {step}");
            if ((int)key.BelowAt((3 * step) + 1, 2) == 0)
            {
                world.EndOldest(world.Nodes[(int)key.BelowAt((3 * step) + 2, world.Nodes.Count)]);
            }
        }
    }

    [TestCaseSource(nameof(Seeds))]
    public void Everything_is_granted_once_whatever_its_width(int seed)
    {
        var world = RandomWorld(seed, mostPasses: 4, out var key);

        for (var step = 0; world.Left > 0; step++)
        {
            Assert.That(step, Is.LessThan(20_000), "something is never granted");
            var node = world.Nodes[(int)key.BelowAt(2 * step, world.Nodes.Count)];
            if (world.Ask(node) is null || (int)key.BelowAt((2 * step) + 1, 3) == 0)
            {
                world.EndOldest(node);
            }
        }

        Assert.That(world.Granted, Is.Unique);
    }

    [TestCaseSource(nameof(Seeds))]
    public void Jobs_of_equal_priority_never_differ_by_more_than_a_shard(int seed)
    {
        var world = new QueueWorld(NoPasses);
        var key = RandomKey.FromSeed(seed);
        var jobs = Enumerable.Range(0, 2 + (int)key.BelowAt(0, 4)).Select(index => $"j{index}").ToList();
        foreach (var job in jobs)
        {
            world.Enter($"{job}/1", job, priority: 0, shards: Enumerable.Repeat(2, 50));
        }

        world.AddNode("n", threads: 40);
        foreach (var step in Enumerable.Range(1, 19))
        {
            world.Ask("n");
            var shares = jobs.Select(job => world.ThreadsOf(job)).ToList();
            Assert.That(shares.Max() - shares.Min(), Is.LessThanOrEqualTo(2), $"step {step}");
        }
    }

    [TestCase(1)]
    [TestCase(4)]
    [TestCase(16)]
    public void A_wide_shard_waits_no_longer_than_its_passes_and_what_runs(int passes)
    {
        var world = new QueueWorld(passes);
        world.AddNode("n", threads: 8);
        world.Enter("narrow", job: "b", priority: 0, shards: Enumerable.Repeat(1, 1_000));
        world.Fill("n", threads: 8);
        world.Enter("wide", job: "a", priority: 0, shards: [8]);

        var asked = 1;
        while (world.EndOldestAndAsk("n") != "wide")
        {
            asked++;
        }

        Assert.That(asked, Is.EqualTo(passes + 8));
    }

    private static IEnumerable<int> Seeds => Enumerable.Range(0, 25);

    private static QueueWorld RandomWorld(int seed, int mostPasses, out RandomKey key)
    {
        var world = new QueueWorld(mostPasses);
        var draw = RandomKey.FromSeed(seed).Use("world");
        foreach (var node in Enumerable.Range(0, 3))
        {
            world.AddNode($"n{node}", threads: node == 0 ? 8 : 1 + (int)draw.BelowAt(node, 8));
        }

        foreach (var dataset in Enumerable.Range(0, 8))
        {
            var widths = draw.Use($"dataset {dataset}");
            var shards = Enumerable.Range(0, 20).Select(index => 1 << (int)widths.BelowAt(index, 4));
            world.Enter($"d{dataset}", $"j{dataset % 4}", (int)draw.BelowAt(100 + dataset, 2), shards);
        }

        key = RandomKey.FromSeed(seed).Use("steps");
        return world;
    }
}
