using System.Collections.Concurrent;
using Granary.Testing;

namespace Granary.Cluster.Ledger.Postgres.Tests;

/// <summary>What only a server can suffer: kills, and the promotion that ends a restore or a failover.</summary>
[Category("Slow")]
public sealed class PostgresLedgerTests
{
    private const int Kills = 5;
    private const int CommitsPerKill = 200;
    private const int Writers = 4;

    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(15);
    private static readonly ShardOutput Output = new(null, null, 0);

    private readonly ConcurrentBag<int> _committed = [];
    private int _last = -1;
    private PostgresServer _server = null!;
    private ClusterDatabase _database = null!;

    private IClusterLedger Ledger => _database.Ledger;

    [SetUp]
    public async Task StartAsync()
    {
        Assume.That(PostgresServer.WhyAbsent, Is.Null, PostgresServer.WhyAbsent);
        _server = await PostgresServer.StartAsync(isDurable: true);
        _database = ClusterDatabase.Open($"postgres:{await _server.CreateDatabaseAsync()}", TimeProvider.System);
        await Ledger.OpenAsync(default);
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _database.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task Acknowledged_commits_survive_kills_of_the_server_and_repeated_ones_are_done_once()
    {
        await CreateAsync(shards: 100_000);
        for (var kill = 1; kill <= Kills; kill++)
        {
            var hasEnough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var writers = Enumerable.Range(0, Writers).Select(_ => CommitUntilDownAsync(kill * CommitsPerKill, hasEnough)).ToList();
            await hasEnough.Task;
            await _server.KillAsync();
            var unknown = await Task.WhenAll(writers);
            await _server.StartAsync();
            foreach (var lease in unknown.OfType<ShardLease>())
            {
                await CommitAgainAsync(lease);
            }
        }

        var rows = await Ledger.ListAsync("job/tokens", 0, 100_000, default);
        Assert.That(_committed.Where(shard => rows[shard].State != ShardState.Done), Is.Empty);
        Assert.That(rows.Count(row => row.State == ShardState.Done), Is.EqualTo(_committed.Count));
    }

    [Test]
    public async Task A_kill_of_the_server_keeps_the_incarnation()
    {
        var before = await Ledger.OpenAsync(default);

        await _server.KillAsync();
        await _server.StartAsync();
        Assert.ThrowsAsync<LedgerUnavailableException>(() => Ledger.OpenAsync(default), "the pool's connection is dead");

        Assert.That(await Ledger.OpenAsync(default), Is.EqualTo(before));
    }

    [Test]
    public async Task A_promoted_server_fences_every_token_from_before_without_a_restart_of_the_coordinator()
    {
        await CreateAsync(shards: 1);
        var shard = new ShardKey("job/tokens", 0);
        var lease = await Ledger.AcquireAsync(shard, "node", Lease, default);

        await _server.KillAsync();
        await _server.StartPromotedAsync();
        Assert.ThrowsAsync<LedgerUnavailableException>(() => Ledger.ListAsync("job/tokens", 0, 1, default), "the pool's connection is dead");
        var isCommitted = await Ledger.CommitAsync("op", shard, lease!.Token, Output, default);
        var next = await Ledger.AcquireAsync(shard, "node", Lease, default);

        Assert.That(isCommitted, Is.False);
        Assert.That(next!.Token.Incarnation, Is.GreaterThan(lease.Token.Incarnation));
    }

    private Task CreateAsync(int shards)
    {
        var work = Enumerable.Repeat(new ShardWork { Arguments = ["tokenize"] }, shards).ToList();
        return Ledger.CreateAsync(new DatasetSpec { Id = "job/tokens", Job = "job", Shards = work }, default);
    }

    /// <summary>Commits shard after shard; gives the lease whose commit nobody knows the outcome of.</summary>
    private async Task<ShardLease?> CommitUntilDownAsync(int enough, TaskCompletionSource hasEnough)
    {
        ShardLease? lease = null;
        try
        {
            while (true)
            {
                lease = null;
                lease = await Ledger.AcquireAsync(new ShardKey("job/tokens", Interlocked.Increment(ref _last)), "node", Lease, default);
                await Ledger.CommitAsync($"op{lease!.Shard.Index}", lease.Shard, lease.Token, Output, default);
                _committed.Add(lease.Shard.Index);
                if (_committed.Count >= enough)
                {
                    hasEnough.TrySetResult();
                }
            }
        }
        catch (LedgerUnavailableException)
        {
            return lease;
        }
    }

    // The pool's connections to the killed server fail once each.
    private async Task CommitAgainAsync(ShardLease lease)
    {
        for (var attempt = 0; attempt <= Writers; attempt++)
        {
            try
            {
                // Whether it was done before or is done by this call, it is done.
                Assert.That(await Ledger.CommitAsync($"op{lease.Shard.Index}", lease.Shard, lease.Token, Output, default), Is.True);
                _committed.Add(lease.Shard.Index);
                return;
            }
            catch (LedgerUnavailableException) when (attempt < Writers)
            {
            }
        }
    }
}
