using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains.Tests;

public sealed class NodeGrainTests
{
    private static readonly NodeDescription Description = new() { Id = "n", Address = "10.0.0.1", Threads = 2, Drivers = 1, MemoryBytes = 1, Version = "1" };

    private TestCluster _cluster = null!;

    [SetUp]
    public async Task StartAsync() => _cluster = await TestCluster.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _cluster.DisposeAsync();

    private INodeGrain Node => _cluster.Node("n");

    private Task<IReadOnlyList<string>> NamesAsync() => _cluster.Grains.GetGrain<IDirectoryGrain>(IDirectoryGrain.Nodes).ListAsync();

    [Test]
    public async Task A_node_that_registers_is_listed_also_by_the_next_coordinator()
    {
        await Node.RegisterAsync(Description);
        await _cluster.RestartAsync();

        Assert.Multiple(async () =>
        {
            Assert.That(await NamesAsync(), Is.EqualTo(new[] { "n" }));
            Assert.That((await Node.SnapshotAsync())!.Description.Address, Is.EqualTo("10.0.0.1"));
        });
    }

    [Test]
    public async Task A_heartbeat_lengthens_the_leases_that_hold_and_names_those_that_do_not()
    {
        await Node.RegisterAsync(Description);
        await _cluster.CreateAsync("a/1", shards: 2);
        var (kept, lost) = ((await _cluster.LeaseAsync())!, (await _cluster.LeaseAsync())!);
        await _cluster.Shard(lost.Shard).ReleaseAsync(lost.Token, failure: null);

        _cluster.Clock.Advance(TestCluster.Options.LeaseTime * 0.9);
        var reply = await Node.HeartbeatAsync(new Heartbeat([Held(kept), Held(lost)], IsDraining: false));
        _cluster.Clock.Advance(TestCluster.Options.LeaseTime * 0.9);

        Assert.Multiple(async () =>
        {
            Assert.That(reply.IsKnown, Is.True);
            Assert.That(reply.Lost, Is.EqualTo(new[] { lost.Shard }));
            Assert.That((await Node.SnapshotAsync())!.Leases, Is.EqualTo(new[] { Held(kept) }));
            Assert.That(await _cluster.CommitAsync(kept), Is.True);
        });
    }

    [Test]
    public async Task A_node_that_is_not_known_keeps_its_leases_and_is_asked_to_register()
    {
        await _cluster.CreateAsync("a/1", shards: 1);
        var lease = await _cluster.LeaseAsync();
        _cluster.Clock.Advance(TestCluster.Options.LeaseTime * 0.9);

        var reply = await Node.HeartbeatAsync(new Heartbeat([Held(lease!)], IsDraining: false));
        _cluster.Clock.Advance(TestCluster.Options.LeaseTime * 0.9);

        Assert.Multiple(async () =>
        {
            Assert.That(reply.IsKnown, Is.False);
            Assert.That(reply.Lost, Is.Empty);
            Assert.That(await _cluster.CommitAsync(lease!), Is.True);
        });
    }

    [Test]
    public async Task A_node_that_is_to_drain_is_told_so_also_by_the_next_coordinator()
    {
        await Node.RegisterAsync(Description);
        await Node.DrainAsync();
        await _cluster.RestartAsync();

        Assert.That((await Node.HeartbeatAsync(new Heartbeat([], IsDraining: false))).Drain, Is.True);
    }

    [Test]
    public async Task A_cancelled_shard_is_lost_at_the_next_heartbeat()
    {
        await Node.RegisterAsync(Description);
        await _cluster.CreateAsync("a/1", shards: 1);
        var lease = await _cluster.LeaseAsync();
        await _cluster.Dataset("a/1").CancelAsync();

        var reply = await Node.HeartbeatAsync(new Heartbeat([Held(lease!)], IsDraining: false));

        Assert.That(reply.Lost, Is.EqualTo(new[] { lease!.Shard }));
    }

    [Test]
    public async Task A_silent_node_is_lost_and_back_when_it_speaks()
    {
        await Node.RegisterAsync(Description);

        _cluster.Clock.Advance(TestCluster.Options.LeaseTime * 1.1);
        var silent = await Node.SnapshotAsync();
        await Node.HeartbeatAsync(new Heartbeat([], IsDraining: false));
        var back = await Node.SnapshotAsync();

        Assert.That((silent!.IsLost, back!.IsLost), Is.EqualTo((true, false)));
    }

    [Test]
    public async Task A_node_that_drained_and_went_is_forgotten()
    {
        await Node.RegisterAsync(Description);
        await Node.HeartbeatAsync(new Heartbeat([], IsDraining: true));

        // It looks every half of a lease's time, and the third time it has been silent for longer than that.
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await _cluster.Clock.WhenTimerAsync(TestCluster.Options.LeaseTime / 2);
            _cluster.Clock.Advance(TestCluster.Options.LeaseTime / 2);
            await Node.SnapshotAsync();
        }

        Assert.Multiple(async () =>
        {
            Assert.That(await NamesAsync(), Is.Empty);
            Assert.That(await Node.SnapshotAsync(), Is.Null);
        });
    }

    private static HeldLease Held(ShardLease lease) => new(lease.Shard, lease.Token, "step 1");
}
