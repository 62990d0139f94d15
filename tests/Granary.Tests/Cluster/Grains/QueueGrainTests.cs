using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains.Tests;

public sealed class QueueGrainTests
{
    private TestCluster _cluster = null!;

    [SetUp]
    public async Task StartAsync() => _cluster = await TestCluster.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _cluster.DisposeAsync();

    [Test]
    public async Task Every_shard_is_granted_once_to_two_thousand_nodes_that_ask_at_once()
    {
        await _cluster.CreateAsync("a/1", shards: 300, job: "a");
        await _cluster.CreateAsync("b/1", shards: 200, job: "b");

        var leases = await Task.WhenAll(Enumerable.Range(0, 2_000).Select(index => _cluster.LeaseAsync($"n{index}")));

        var granted = leases.OfType<ShardLease>().Select(lease => lease.Shard).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(granted, Is.Unique);
            Assert.That(granted, Has.Count.EqualTo(500));
        });
    }

    [Test]
    public async Task Jobs_share_places_also_while_grants_are_under_way()
    {
        await _cluster.CreateAsync("a/1", shards: 100, job: "a");
        await _cluster.CreateAsync("b/1", shards: 100, job: "b");

        await Task.WhenAll(Enumerable.Range(0, 40).Select(index => _cluster.LeaseAsync($"n{index}")));

        var running = (await _cluster.Queue.SnapshotAsync()).Datasets.Select(dataset => dataset.Running);
        Assert.That(running, Is.EqualTo(new[] { 20, 20 }));
    }

    [Test]
    public async Task What_ends_gives_its_share_back()
    {
        await _cluster.CreateAsync("a/1", shards: 3, job: "a");
        var lease = await _cluster.LeaseAsync();

        await _cluster.CommitAsync(lease!);

        Assert.That((await _cluster.Queue.SnapshotAsync()).Datasets.Single().Running, Is.Zero);
    }

    [Test]
    public async Task A_node_that_waits_is_told_of_new_work()
    {
        var version = await _cluster.Queue.WaitAsync(long.MinValue, TimeSpan.Zero);
        var waiting = _cluster.Queue.WaitAsync(version, TimeSpan.FromSeconds(1));

        await _cluster.CreateAsync("a/1", shards: 1);

        Assert.That(await waiting, Is.Not.EqualTo(version));
    }

    [Test]
    public async Task Another_coordinator_knows_what_waits_and_what_runs()
    {
        await _cluster.CreateAsync("a/1", shards: 4, job: "a", priority: 3);
        await _cluster.CreateAsync("b/1", shards: 4, job: "b", priority: 3);
        var leases = new[] { await _cluster.LeaseAsync(), await _cluster.LeaseAsync(), await _cluster.LeaseAsync() };

        await _cluster.RestartAsync();

        var queue = await _cluster.Queue.SnapshotAsync();
        Assert.Multiple(async () =>
        {
            Assert.That(queue.Datasets.Select(dataset => (dataset.Dataset, dataset.Priority, dataset.Running)), Is.EqualTo(new[] { ("b/1", 3, 1), ("a/1", 3, 2) }));
            Assert.That((await _cluster.LeaseAsync())!.Shard, Is.EqualTo(new ShardKey("b/1", 1)));
            Assert.That(await _cluster.CommitAsync(leases[0]!), Is.True, "the leases of before hold");
        });
    }

    [Test]
    public async Task A_database_that_does_not_answer_costs_the_question_only()
    {
        await _cluster.CreateAsync("a/1", shards: 1, job: "a");
        await _cluster.CreateAsync("b/1", shards: 1, job: "b");
        _cluster.Faults = method => method == nameof(IClusterLedger.AcquireAsync) ? LedgerFault.Before : LedgerFault.None;
        Assert.That(() => _cluster.LeaseAsync(), Throws.TypeOf<LedgerUnavailableException>());
        _cluster.Faults = _ => LedgerFault.None;

        var lease = await _cluster.LeaseAsync();

        Assert.Multiple(async () =>
        {
            Assert.That(lease!.Shard.Dataset, Is.EqualTo("a/1"), "the grant that failed does not count as a's share");
            Assert.That((await _cluster.Queue.SnapshotAsync()).Datasets.Select(dataset => dataset.Running), Is.EqualTo(new[] { 0, 1 }));
        });
    }

    [Test]
    public async Task A_grant_whose_answer_was_lost_is_granted_again_once_it_is_over()
    {
        await _cluster.CreateAsync("a/1", shards: 1);
        _cluster.Faults = method => method == nameof(IClusterLedger.AcquireAsync) ? LedgerFault.After : LedgerFault.None;
        Assert.That(() => _cluster.LeaseAsync(), Throws.TypeOf<LedgerUnavailableException>());
        _cluster.Faults = _ => LedgerFault.None;
        var meanwhile = await _cluster.LeaseAsync();

        _cluster.Clock.Advance(TestCluster.Options.LeaseTime);
        var lease = await _cluster.LeaseOnceThereIsOneAsync();

        Assert.Multiple(() =>
        {
            Assert.That(meanwhile, Is.Null);
            Assert.That(lease.Token.Epoch, Is.EqualTo(2));
        });
    }

    [Test]
    public async Task A_dataset_that_nobody_made_is_forgotten_by_the_next_coordinator()
    {
        await _cluster.Queue.EnterAsync("a/lost", "a", DatasetKind.Work, 0);

        await _cluster.RestartAsync();

        Assert.That((await _cluster.Queue.SnapshotAsync()).Datasets, Is.Empty);
    }
}
