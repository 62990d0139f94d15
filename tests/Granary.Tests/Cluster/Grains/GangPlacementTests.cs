using Granary.Core.Randomness;

namespace Granary.Cluster.Grains.Tests;

public sealed class GangPlacementTests
{
    [Test]
    public void Nothing_of_a_gang_is_placed_before_there_is_room_for_all_of_it()
    {
        var world = new GangWorld();
        world.AddNode("a", threads: 2);
        world.EnterGang("g", ranks: 3);

        world.Settle();
        var before = world.Placed("g");
        world.AddNode("b", threads: 1);
        world.Settle();

        Assert.That((before, world.Placed("g")), Is.EqualTo((0, 3)));
    }

    [Test]
    public void A_rank_takes_all_its_threads_on_one_node()
    {
        var world = new GangWorld();
        world.AddNode("a", threads: 3);
        world.AddNode("b", threads: 1);
        world.EnterGang("g", ranks: 2, threads: 2);

        world.Settle();

        Assert.That(world.Placed("g"), Is.Zero, "four threads are free, but two ranks of two have no room");
    }

    [Test]
    public void Reserved_places_are_given_to_nobody_else()
    {
        var world = new GangWorld();
        world.AddNode("a", threads: 1);
        world.AddNode("b", threads: 1);
        world.Ask("a");
        world.EnterGang("g", ranks: 2);
        world.Ask("b"); // places the gang, and takes its rank here
        world.EnterWork("w", shards: 5, priority: 100);

        Assert.That(world.Ask("a"), Is.EqualTo("g"));
    }

    [Test]
    public void A_gang_whose_node_never_comes_is_let_go_whole()
    {
        var world = new GangWorld();
        world.AddNode("a", threads: 1);
        world.AddNode("b", threads: 1);
        world.Ask("a");
        world.EnterGang("g", ranks: 2);
        world.Ask("b");

        world.Clock.Advance(GangWorld.Patience * 1.01);
        world.Ask("b");

        Assert.That(world.Cancelled, Does.Contain("g"));
        Assert.That(world.Placed("g"), Is.Zero);
    }

    [Test]
    public void A_node_that_is_silent_has_no_room()
    {
        var world = new GangWorld();
        world.AddNode("a", threads: 1);
        world.AddNode("b", threads: 1);
        world.Ask("a");
        world.Clock.Advance(GangWorld.Patience * 1.01);
        world.EnterGang("g", ranks: 2);

        Assert.That(world.Ask("b"), Is.Null);
    }

    [Test]
    public void Two_gangs_never_hold_halves()
    {
        var world = new GangWorld();
        world.AddNode("a", threads: 2);
        world.AddNode("b", threads: 2);
        world.EnterGang("g", ranks: 3);
        world.EnterGang("h", ranks: 3);

        world.Settle();

        Assert.That(new[] { world.Placed("g"), world.Placed("h") }, Is.EquivalentTo(new[] { 3, 0 }));
    }

    [Test]
    public void Work_does_not_starve_a_gang()
    {
        var world = new GangWorld(mostPasses: 4);
        world.AddNode("a", threads: 2);
        world.AddNode("b", threads: 2);
        world.EnterWork("w", shards: 1_000);
        world.Settle();
        world.EnterGang("g", ranks: 4);

        var rounds = 0;
        for (; rounds < 100 && world.Placed("g") == 0; rounds++)
        {
            // One place becomes free after the other, and whoever asks first takes it.
            var node = world.Nodes[rounds % 2];
            if (world.ThreadsOn(node) > 0)
            {
                world.End(node, "w");
            }

            world.Settle();
        }

        Assert.That(world.Placed("g"), Is.EqualTo(4), "it would wait for a thousand shards");
        Assert.That(rounds, Is.LessThan(20));
    }

    [Test]
    public void Work_of_a_higher_priority_goes_before_a_gang_that_waits()
    {
        var world = new GangWorld(mostPasses: 0);
        world.AddNode("a", threads: 1);
        world.EnterGang("g", ranks: 2);
        world.EnterWork("w", shards: 1, priority: 1);

        Assert.That(world.Ask("a"), Is.EqualTo("w"));
    }

    [Test]
    public void Gangs_are_placed_whole_or_not_at_all_whatever_happens([Range(1, 20)] int seed)
    {
        var random = new Dice(seed);
        var world = new GangWorld(mostPasses: random.Below(5));
        var sizes = new Dictionary<string, int>();
        for (var move = 0; move < 400; move++)
        {
            Move(world, sizes, random, move);
        }

        // Faults have stopped: whatever is to be placed and can be, is.
        Recover(world, sizes);

        Assert.That(sizes.Where(gang => !world.Cancelled.Contains(gang.Key) && world.Placed(gang.Key) != gang.Value), Is.Empty);
    }

    private static void Move(GangWorld world, Dictionary<string, int> sizes, Dice random, int move)
    {
        switch (random.Below(12))
        {
            case 0 when world.Nodes.Count < 6:
                world.AddNode($"node-{move}", 1 + random.Below(4));
                break;
            case 1 when world.Nodes.Count > 2:
                Lose(world, sizes, world.Nodes[random.Below(world.Nodes.Count)]);
                break;
            case 2 when sizes.Count < 30:
                sizes.Add($"gang-{move}", 1 + random.Below(5));
                world.EnterGang($"gang-{move}", sizes[$"gang-{move}"], threads: 1 + random.Below(2), priority: random.Below(2));
                break;
            case 3:
                world.EnterWork($"work-{move}", 1 + random.Below(10), priority: random.Below(2));
                break;
            case 4:
                world.Clock.Advance(GangWorld.Patience * 0.3);
                break;
            case 5 when sizes.Keys.FirstOrDefault(gang => world.Placed(gang) == sizes[gang]) is { } whole:
                world.Cancel(whole);
                break;
            case 6 or 7:
                world.EndAny(random.Below);
                break;
            default:
                if (world.Nodes.Count > 0)
                {
                    world.Ask(world.Nodes[random.Below(world.Nodes.Count)]);
                }

                break;
        }

        AssertNoNodeIsFull(world);
    }

    // Whoever had a rank on it ends, as the generation does.
    private static void Lose(GangWorld world, Dictionary<string, int> sizes, string node)
    {
        var before = sizes.Keys.ToDictionary(gang => gang, world.Placed);
        world.Lose(node);
        foreach (var gang in sizes.Keys.Where(gang => world.Placed(gang) < before[gang]))
        {
            world.Cancel(gang);
        }
    }

    private static void Recover(GangWorld world, Dictionary<string, int> sizes)
    {
        world.AddNode("wide", threads: 10);
        world.AddNode("wider", threads: 10);
        for (var round = 0; round < 1_000; round++)
        {
            world.EndAny(_ => 0);
            world.Clock.Advance(GangWorld.Patience * 0.3);
            world.Settle();
            if (sizes.Keys.FirstOrDefault(gang => world.Placed(gang) == sizes[gang]) is { } whole && sizes.Keys.Any(gang => !world.Cancelled.Contains(gang) && world.Placed(gang) == 0))
            {
                world.Cancel(whole);
            }
        }
    }

    private static void AssertNoNodeIsFull(GangWorld world)
    {
        Assert.That(world.Nodes.Where(node => world.ThreadsOn(node) > world.ThreadsOf(node)), Is.Empty, "more runs there than it has threads");
    }

    /// <summary>Throws that a seed decides.</summary>
    private sealed class Dice
    {
        private readonly RandomKey _key;
        private long _position;

        public Dice(int seed)
        {
            _key = RandomKey.FromSeed(seed);
        }

        public int Below(int bound) => (int)_key.BelowAt(_position++, bound);
    }
}
