using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains.Tests;

public sealed class NodeStateTests
{
    private static readonly DateTimeOffset Start = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Stay = TimeSpan.FromHours(1);
    private static readonly HeldLease Lease = new(new ShardKey("d", 0), new LeaseToken(1, 1), "step 3");

    [Test]
    public void It_is_lost_once_it_is_silent_for_longer_than_its_leases_hold()
    {
        var node = Registered();

        Assert.Multiple(() =>
        {
            Assert.That(node.IsLost(Start + LeaseTime, LeaseTime), Is.False);
            Assert.That(node.IsLost(Start + LeaseTime + TimeSpan.FromTicks(1), LeaseTime), Is.True);
        });
    }

    [Test]
    public void It_is_back_with_its_next_heartbeat()
    {
        var later = Start + TimeSpan.FromMinutes(5);

        var node = Registered().Hear(new Heartbeat([Lease], IsDraining: false), new HashSet<ShardKey> { Lease.Shard }, later);

        Assert.Multiple(() =>
        {
            Assert.That(node.IsLost(later, LeaseTime), Is.False);
            Assert.That(node.Leases, Is.EqualTo(new[] { Lease }));
        });
    }

    [Test]
    public void Leases_that_do_not_hold_are_not_its_own()
    {
        var node = Registered().Hear(new Heartbeat([Lease], IsDraining: false), new HashSet<ShardKey>(), Start);

        Assert.That(node.Leases, Is.Empty);
    }

    [Test]
    public void A_coordinator_that_was_away_blames_no_node_for_the_silence()
    {
        var later = Start + TimeSpan.FromDays(1);

        Assert.That(Registered().Wake(later).IsLost(later, LeaseTime), Is.False);
    }

    [Test]
    public void Who_drains_drains_until_it_registers_anew()
    {
        var node = Registered().Drain().Hear(new Heartbeat([], IsDraining: false), new HashSet<ShardKey>(), Start);

        Assert.Multiple(() =>
        {
            Assert.That(node.IsDraining, Is.True);
            Assert.That(NodeState.Register(node.Description!, Start).IsDraining, Is.False);
        });
    }

    [TestCase(true, 0, 31, true, Description = "it gave everything back and went")]
    [TestCase(true, 1, 31, false, Description = "it was lost while it finished something")]
    [TestCase(false, 0, 31, false, Description = "lost")]
    [TestCase(false, 0, 3_601, true, Description = "lost for long")]
    [TestCase(true, 0, 30, false, Description = "still heard of")]
    public void It_is_forgotten_when_nobody_needs_to_know_of_it(bool isDraining, int leases, int silentSeconds, bool isGone)
    {
        var held = Enumerable.Repeat(Lease, leases).ToList();
        var node = Registered().Hear(new Heartbeat(held, isDraining), held.Select(lease => lease.Shard).ToHashSet(), Start);

        Assert.That(node.IsGone(Start + TimeSpan.FromSeconds(silentSeconds), LeaseTime, Stay), Is.EqualTo(isGone));
    }

    [Test]
    public void Who_never_registered_cannot_be_seen()
    {
        Assert.That(new NodeState().Snapshot(Start, LeaseTime), Is.Null);
    }

    private static NodeState Registered()
    {
        return NodeState.Register(new NodeDescription { Id = "n", Address = "n", Threads = 2, Drivers = 1, MemoryBytes = 1, Version = "1" }, Start);
    }
}
