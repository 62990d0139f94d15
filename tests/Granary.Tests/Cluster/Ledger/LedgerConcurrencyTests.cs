namespace Granary.Cluster.Ledger.Tests;

[TestFixtureSource(typeof(LedgerStore), nameof(LedgerStore.Databases))]
public sealed class LedgerConcurrencyTests
{
    private const int Writers = 8;

    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(15);
    private static readonly ShardKey Shard = new("job/tokens", 0);
    private static readonly ShardOutput Output = new(null, null, 0);

    private readonly string _name;
    private LedgerStore _store = null!;
    private List<ClusterDatabase> _coordinators = null!;

    public LedgerConcurrencyTests(string name)
    {
        _name = name;
    }

    [SetUp]
    public async Task OpenAsync()
    {
        _coordinators = [];
        _store = await LedgerStore.OpenAsync(_name);
        await _store.Ledger.CreateAsync(new DatasetSpec { Id = Shard.Dataset, Job = "job", Shards = [new ShardWork { Arguments = ["tokenize"] }] }, default);
        for (var writer = 0; writer < Writers; writer++)
        {
            _coordinators.Add(_store.OpenAgain());
            await _coordinators[writer].Ledger.OpenAsync(default);
        }
    }

    [TearDown]
    public async Task CloseAsync()
    {
        foreach (var coordinator in _coordinators)
        {
            await coordinator.DisposeAsync();
        }

        if (_store is not null)
        {
            await _store.DisposeAsync();
        }
    }

    [Test]
    public async Task One_of_many_writers_is_granted_a_shard_and_epochs_strictly_increase()
    {
        var epochs = new List<long>();
        for (var round = 0; round < 10; round++)
        {
            var grants = await AtOnceAsync((ledger, writer) => ledger.AcquireAsync(Shard, $"node{writer}", Lease, default));
            epochs.Add(grants.Single(grant => grant is not null)!.Token.Epoch);
            await _store.AdvanceAsync(Lease);
        }

        Assert.That(epochs, Is.EqualTo(Enumerable.Range(1, 10)));
    }

    [Test]
    public async Task One_commit_sent_many_times_at_once_is_done_once_and_told_to_all()
    {
        var lease = await _store.Ledger.AcquireAsync(Shard, "node", Lease, default);

        var answers = await AtOnceAsync((ledger, _) => ledger.CommitAsync("op", Shard, lease!.Token, Output, default));

        Assert.That(answers, Has.All.True);
    }

    [Test]
    public async Task Of_many_commits_with_operations_of_their_own_one_is_done()
    {
        var lease = await _store.Ledger.AcquireAsync(Shard, "node", Lease, default);

        var answers = await AtOnceAsync((ledger, writer) => ledger.CommitAsync($"op{writer}", Shard, lease!.Token, Output, default));

        Assert.That(answers.Count(isDone => isDone), Is.EqualTo(1));
    }

    [Test]
    public async Task One_addition_sent_many_times_at_once_adds_once()
    {
        var firsts = await AtOnceAsync((ledger, _) => ledger.AddAsync("op", Shard.Dataset, [new ShardWork { Arguments = ["tokenize"] }], default));

        Assert.That(firsts, Has.All.EqualTo(1));
        Assert.That(await _store.Ledger.ListAsync(Shard.Dataset, 0, 100, default), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task One_dataset_made_many_times_at_once_is_made_once()
    {
        var dataset = new DatasetSpec { Id = "job/more", Job = "job", Shards = [new ShardWork { Arguments = ["tokenize"] }] };

        await AtOnceAsync(async (ledger, _) =>
        {
            await ledger.CreateAsync(dataset, default);
            return true;
        });

        Assert.That(await _store.Ledger.ListAsync("job/more", 0, 100, default), Has.Count.EqualTo(1));
    }

    // Each writer is a coordinator with a connection of its own.
    private async Task<T[]> AtOnceAsync<T>(Func<IClusterLedger, int, Task<T>> call)
    {
        using var barrier = new Barrier(Writers);
        return await Task.WhenAll(_coordinators.Select((coordinator, writer) => Task.Factory.StartNew(
            () =>
            {
                barrier.SignalAndWait();
                return call(coordinator.Ledger, writer);
            },
            TaskCreationOptions.LongRunning).Unwrap()));
    }
}
