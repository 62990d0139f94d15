using Granary.Cluster.Ledger;

namespace Granary.Cluster.Grains.Tests;

public sealed class DatasetGrainTests
{
    private TestCluster _cluster = null!;

    [SetUp]
    public async Task StartAsync() => _cluster = await TestCluster.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _cluster.DisposeAsync();

    [Test]
    public async Task The_same_dataset_is_made_once_and_another_of_its_name_is_a_conflict()
    {
        await _cluster.CreateAsync("a/1", shards: 2);
        await _cluster.CreateAsync("a/1", shards: 2);

        Assert.Multiple(async () =>
        {
            Assert.That(() => _cluster.CreateAsync("a/1", shards: 3), Throws.TypeOf<LedgerConflictException>());
            Assert.That((await _cluster.Dataset("a/1").ListAsync(0, 10)).Select(row => row.Key.Index), Is.EqualTo(new[] { 0, 1 }));
        });
    }

    [Test]
    public void Ranks_are_refused_with_a_sentence()
    {
        var ranks = TestCluster.Spec("a/ranks", shards: 2) with { Kind = DatasetKind.Ranks };

        Assert.That(() => _cluster.Dataset("a/ranks").CreateAsync(ranks, 0), Throws.TypeOf<RequestRefusedException>().With.Message.Contains("not placed yet"));
    }

    [Test]
    public async Task Shards_are_handed_out_in_their_order()
    {
        await _cluster.CreateAsync("a/1", shards: 3);

        var order = new[] { await _cluster.LeaseAsync(), await _cluster.LeaseAsync(), await _cluster.LeaseAsync() };

        Assert.That(order.Select(lease => lease!.Shard.Index), Is.EqualTo(new[] { 0, 1, 2 }));
    }

    [Test]
    public async Task A_dataset_of_which_all_is_done_leaves_the_queue_and_more_shards_bring_it_back()
    {
        await _cluster.CreateAsync("a/1", shards: 1, priority: 7);
        await _cluster.CommitAsync((await _cluster.LeaseAsync())!);
        var between = await _cluster.Queue.SnapshotAsync();

        var first = await _cluster.Dataset("a/1").AddAsync("op", [TestCluster.Work("x"), TestCluster.Work("y")]);
        var again = await _cluster.Dataset("a/1").AddAsync("op", [TestCluster.Work("x"), TestCluster.Work("y")]);

        Assert.Multiple(async () =>
        {
            Assert.That(between.Datasets, Is.Empty);
            Assert.That((first, again), Is.EqualTo((1, 1)));
            Assert.That((await _cluster.Queue.SnapshotAsync()).Datasets.Single().Priority, Is.EqualTo(7));
            Assert.That((await _cluster.LeaseAsync())!.Work.Arguments, Is.EqualTo(new[] { "x" }));
            Assert.That((await _cluster.LeaseAsync())!.Work.Arguments, Is.EqualTo(new[] { "y" }));
            Assert.That(await _cluster.LeaseAsync(), Is.Null);
        });
    }

    [Test]
    public async Task Who_waits_is_told_what_has_come_of_the_shards()
    {
        await _cluster.CreateAsync("a/1", shards: 2);
        var lease = await _cluster.LeaseAsync();
        var before = await _cluster.Dataset("a/1").SnapshotAsync();

        var waiting = _cluster.Dataset("a/1").WaitAsync(before!.Version, TimeSpan.FromSeconds(1));
        await _cluster.CommitAsync(lease!);
        var after = await waiting;

        Assert.Multiple(() =>
        {
            Assert.That(before.Shards[ShardState.Leased], Is.EqualTo(1));
            Assert.That(after!.Shards[ShardState.Done], Is.EqualTo(1));
            Assert.That(after.Version, Is.GreaterThan(before.Version));
        });
    }

    [Test]
    public async Task Who_waits_in_vain_is_told_so_in_time()
    {
        await _cluster.CreateAsync("a/1", shards: 1);
        var before = await _cluster.Dataset("a/1").SnapshotAsync();

        var due = _cluster.Clock.WhenTimerAsync(TimeSpan.FromSeconds(2));
        var waiting = _cluster.Dataset("a/1").WaitAsync(before!.Version, TimeSpan.FromSeconds(2));
        await due;
        _cluster.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.That((await waiting)!.Version, Is.EqualTo(before.Version));
    }

    [Test]
    public async Task A_lease_that_is_over_is_granted_anew_and_its_holder_is_fenced()
    {
        await _cluster.CreateAsync("a/1", shards: 1);
        var first = await _cluster.LeaseAsync("n1");

        _cluster.Clock.Advance(TestCluster.Options.LeaseTime);
        var second = await _cluster.LeaseOnceThereIsOneAsync("n2");

        Assert.Multiple(async () =>
        {
            Assert.That(second.Token.Epoch, Is.EqualTo(2));
            Assert.That(await _cluster.CommitAsync(first!), Is.False);
            Assert.That(await _cluster.CommitAsync(second), Is.True);
            Assert.That(_cluster.Ledger.Lines, Has.Count.EqualTo(1));
        });
    }

    [Test]
    public async Task A_dataset_that_is_cancelled_takes_neither_commits_nor_shards()
    {
        await _cluster.CreateAsync("a/1", shards: 2);
        var lease = await _cluster.LeaseAsync();

        await _cluster.Dataset("a/1").CancelAsync();

        Assert.Multiple(async () =>
        {
            Assert.That(await _cluster.CommitAsync(lease!), Is.False);
            Assert.That(await _cluster.LeaseAsync(), Is.Null);
            Assert.That((await _cluster.Queue.SnapshotAsync()).Datasets, Is.Empty);
            Assert.That((await _cluster.Dataset("a/1").SnapshotAsync())!.Shards[ShardState.Cancelled], Is.EqualTo(2));
            Assert.That(() => _cluster.Dataset("a/1").AddAsync("op", [TestCluster.Work("x")]), Throws.TypeOf<LedgerConflictException>());
        });
    }

    [Test]
    public async Task A_shard_fails_as_often_as_its_dataset_allows()
    {
        await _cluster.CreateAsync("a/1", shards: 1, mostFailures: 2);

        await _cluster.FailAsync((await _cluster.LeaseAsync())!);
        await _cluster.FailAsync((await _cluster.LeaseAsync())!);

        Assert.Multiple(async () =>
        {
            Assert.That(await _cluster.LeaseAsync(), Is.Null);
            Assert.That((await _cluster.Dataset("a/1").SnapshotAsync())!.Shards[ShardState.Failed], Is.EqualTo(1));
            Assert.That((await _cluster.Queue.SnapshotAsync()).Datasets, Is.Empty);
        });
    }

    [Test]
    public async Task A_shard_that_is_only_given_back_has_not_failed()
    {
        await _cluster.CreateAsync("a/1", shards: 1, mostFailures: 1);
        var lease = await _cluster.LeaseAsync();

        await _cluster.Shard(lease!.Shard).ReleaseAsync(lease.Token, failure: null);

        Assert.That((await _cluster.LeaseAsync())!.Token.Epoch, Is.EqualTo(2));
    }

    [Test]
    public async Task A_commit_whose_answer_was_lost_is_found_by_the_next_sweep()
    {
        await _cluster.CreateAsync("a/1", shards: 1);
        var lease = await _cluster.LeaseAsync();
        _cluster.Faults = method => method == nameof(IClusterLedger.CommitAsync) ? LedgerFault.After : LedgerFault.None;
        Assert.That(() => _cluster.CommitAsync(lease!), Throws.TypeOf<LedgerUnavailableException>());
        _cluster.Faults = _ => LedgerFault.None;

        _cluster.Clock.Advance(TestCluster.Options.LeaseTime / 2);
        var found = await _cluster.WhenAsync("a/1", snapshot => snapshot.Shards[ShardState.Done] == 1);

        Assert.That(found.Shards[ShardState.Leased], Is.Zero);
    }

    [Test]
    public async Task A_shard_that_is_granted_by_its_name_is_not_granted_again()
    {
        await _cluster.CreateAsync("a/1", shards: 2);

        var named = await _cluster.Shard(new ShardKey("a/1", 0)).AcquireAsync("n", TestCluster.Options.LeaseTime);

        Assert.Multiple(async () =>
        {
            Assert.That(named!.Token.Epoch, Is.EqualTo(1));
            Assert.That((await _cluster.LeaseAsync())!.Shard.Index, Is.EqualTo(1));
            Assert.That(await _cluster.LeaseAsync(), Is.Null);
        });
    }

    [Test]
    public async Task To_look_at_a_dataset_that_nobody_works_on_costs_a_count()
    {
        await _cluster.CreateAsync("a/1", shards: 1);
        await _cluster.CommitAsync((await _cluster.LeaseAsync())!);
        await _cluster.RestartAsync();
        var calls = new List<string>();
        _cluster.Faults = method =>
        {
            calls.Add(method);
            return LedgerFault.None;
        };

        var snapshot = await _cluster.Dataset("a/1").SnapshotAsync();

        Assert.Multiple(() =>
        {
            Assert.That(snapshot!.Shards[ShardState.Done], Is.EqualTo(1));
            Assert.That(calls, Does.Not.Contain(nameof(IClusterLedger.ListAsync)));
        });
    }

    [Test]
    public async Task There_is_nothing_of_a_dataset_that_nobody_made()
    {
        Assert.Multiple(async () =>
        {
            Assert.That(await _cluster.Dataset("a/1").SnapshotAsync(), Is.Null);
            Assert.That(await _cluster.Dataset("a/1").WaitAsync(0, TimeSpan.FromSeconds(1)), Is.Null);
            Assert.That(() => _cluster.Dataset("a/1").AddAsync("op", [TestCluster.Work("x")]), Throws.TypeOf<LedgerConflictException>());
        });
        await _cluster.Dataset("a/1").CancelAsync();
    }
}
