using Granary.Testing;
using Microsoft.Data.Sqlite;

namespace Granary.Cluster.Ledger.Sqlite.Tests;

/// <summary>What only a file can suffer: older copies, other processes, a program from before.</summary>
public sealed class SqliteLedgerTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly ShardKey Shard = new("job/tokens", 0);

    private readonly ManualClock _clock = new();
    private TempFolder _folder = null!;

    private string File => _folder["ledger.db"];

    [SetUp]
    public void MakeFolder()
    {
        _folder = new TempFolder();
    }

    [TearDown]
    public void RemoveFolder()
    {
        _folder.Dispose();
    }

    [Test]
    public async Task A_restart_keeps_incarnation_and_leases()
    {
        var token = await GrantAsync();

        await using var database = await OpenAsync();

        Assert.That(await database.Ledger.CommitAsync("op", Shard, token, new ShardOutput(null, null, 0), default), Is.True);
    }

    [Test]
    public async Task A_copy_from_before_a_grant_fences_that_grant()
    {
        await GrantAsync();
        CopyTo("backup.db");
        _clock.Advance(Lease);
        var lost = await GrantAsync();
        Restore("backup.db");
        await using var database = await OpenAsync();

        var isCommitted = await database.Ledger.CommitAsync("op", Shard, lost, new ShardOutput(null, null, 0), default);
        var next = await database.Ledger.AcquireAsync(Shard, "node", Lease, default);

        Assert.That(isCommitted, Is.False);
        Assert.That(next!.Token.Epoch, Is.EqualTo(lost.Epoch));
        Assert.That(next.Token.Incarnation, Is.GreaterThan(lost.Incarnation));
    }

    [Test]
    public async Task One_copy_restored_twice_is_two_incarnations()
    {
        await GrantAsync();
        CopyTo("backup.db");
        var incarnations = new List<long>();
        for (var time = 0; time < 2; time++)
        {
            _clock.Advance(Lease);
            await GrantAsync();
            Restore("backup.db");
            _clock.Advance(Lease);
            incarnations.Add((await GrantAsync()).Incarnation);
        }

        Assert.That(incarnations[1], Is.GreaterThan(incarnations[0]));
    }

    [Test]
    public async Task A_copy_that_no_grant_is_missing_from_goes_on_as_it_was()
    {
        var token = await GrantAsync();
        CopyTo("backup.db");
        Restore("backup.db");

        await using var database = await OpenAsync();

        Assert.That(await database.Ledger.OpenAsync(default), Is.EqualTo(token.Incarnation));
    }

    [Test]
    public async Task A_database_without_its_witness_counts_as_restored()
    {
        var token = await GrantAsync();
        System.IO.File.Delete($"{File}.witness");
        _clock.Advance(Lease);

        await using var database = await OpenAsync();

        Assert.That(await database.Ledger.OpenAsync(default), Is.GreaterThan(token.Incarnation));
        Assert.That((await database.Ledger.ListAsync(Shard.Dataset, 0, 1, default))[0].State, Is.EqualTo(ShardState.Free));
    }

    [TestCase(0, true, Description = "at the very end somebody else may have it")]
    [TestCase(-1, false, Description = "a tick before the end it is held")]
    public async Task A_lease_ends_at_its_end(long ticks, bool isOver)
    {
        var token = await GrantAsync();
        _clock.Advance(Lease + TimeSpan.FromTicks(ticks));
        await using var database = await OpenAsync();

        var renewed = await database.Ledger.RenewAsync([(Shard, token)], TimeSpan.FromTicks(1), default);
        var grantable = await database.Ledger.ListGrantableAsync(Shard.Dataset, 0, 1, default);

        Assert.That((renewed.Count == 0, grantable.Count == 1), Is.EqualTo((isOver, isOver)));
    }

    [Test]
    public async Task A_file_that_is_no_database_is_an_outage()
    {
        System.IO.File.WriteAllText(File, new string('x', 10_000));
        await using var database = ClusterDatabase.Open($"sqlite:{File}", _clock);

        var thrown = Assert.ThrowsAsync<LedgerUnavailableException>(() => database.Ledger.OpenAsync(default));

        Assert.That(thrown.Message, Does.Contain(File));
    }

    [Test]
    [Category("Slow")] // It waits for the busy timeout.
    public async Task A_file_that_another_process_writes_to_is_an_outage_that_passes()
    {
        var token = await GrantAsync();
        await using var database = await OpenAsync();
        await using var other = await LockAsync();

        Assert.ThrowsAsync<LedgerUnavailableException>(() => database.Ledger.RenewAsync([(Shard, token)], Lease, default));

        await other.DisposeAsync();
        Assert.That(await database.Ledger.RenewAsync([(Shard, token)], Lease, default), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Tables_of_a_later_program_are_refused()
    {
        await GrantAsync();
        await using (var connection = new SqliteConnection($"Data Source={File};Pooling=false"))
        {
            await connection.OpenAsync();
            await using var command = new SqliteCommand("PRAGMA user_version = 1000", connection);
            await command.ExecuteNonQueryAsync();
        }

        await using var database = ClusterDatabase.Open($"sqlite:{File}", _clock);
        Assert.That(async () => await database.Ledger.OpenAsync(default), Throws.TypeOf<LedgerConflictException>().With.Message.Contains("'1000'"));
    }

    // Opens the database as a coordinator that starts, grants the shard, and closes it.
    private async Task<LeaseToken> GrantAsync()
    {
        await using var database = await OpenAsync();
        await database.Ledger.CreateAsync(new DatasetSpec { Id = Shard.Dataset, Job = "job", Shards = [new ShardWork { Arguments = ["tokenize"] }] }, default);
        return (await database.Ledger.AcquireAsync(Shard, "node", Lease, default))!.Token;
    }

    private async Task<ClusterDatabase> OpenAsync()
    {
        var database = ClusterDatabase.Open($"sqlite:{File}", _clock);
        await database.Ledger.OpenAsync(default);
        return database;
    }

    private void CopyTo(string name) => System.IO.File.Copy(File, _folder[name]);

    private void Restore(string name) => System.IO.File.Copy(_folder[name], File, overwrite: true);

    private async Task<SqliteConnection> LockAsync()
    {
        var connection = new SqliteConnection($"Data Source={File};Pooling=false");
        await connection.OpenAsync();
        await using var command = new SqliteCommand("BEGIN IMMEDIATE", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }
}
