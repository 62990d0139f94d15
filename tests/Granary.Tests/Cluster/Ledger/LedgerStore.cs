using Granary.Testing;
using Npgsql;
using Orleans.Storage;

namespace Granary.Cluster.Ledger.Tests;

/// <summary>A ledger under test, with a way to let time pass in it.</summary>
public abstract class LedgerStore : IAsyncDisposable
{
    /// <summary>The names of all stores, by which fixtures are made.</summary>
    public static readonly string[] All = ["reference", "sqlite", "postgres"];

    /// <summary>The names of those that hold rows outside of the process.</summary>
    public static readonly string[] Databases = ["sqlite", "postgres"];

    public abstract IClusterLedger Ledger { get; }

    public virtual IGrainStorage GrainStorage => throw new NotSupportedException();

    public static async Task<LedgerStore> OpenAsync(string name)
    {
        LedgerStore store = name switch
        {
            "reference" => new InMemory(),
            "sqlite" => new InFile(),
            _ => new OnServer(await PostgresFixture.CreateDatabaseAsync()),
        };
        await store.Ledger.OpenAsync(default);
        return store;
    }

    /// <summary>Lets time pass.</summary>
    public abstract Task AdvanceAsync(TimeSpan time);

    /// <summary>Another coordinator's view of the same database.</summary>
    public abstract ClusterDatabase OpenAgain();

    public abstract ValueTask DisposeAsync();

    private sealed class InMemory : LedgerStore
    {
        private readonly ManualClock _clock = new();

        public InMemory()
        {
            Ledger = new ReferenceLedger(_clock);
        }

        public override IClusterLedger Ledger { get; }

        public override ClusterDatabase OpenAgain() => throw new NotSupportedException();

        public override Task AdvanceAsync(TimeSpan time)
        {
            _clock.Advance(time);
            return Task.CompletedTask;
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class InFile : LedgerStore
    {
        private readonly ManualClock _clock = new();
        private readonly TempFolder _folder = new();
        private readonly ClusterDatabase _database;

        public InFile()
        {
            _database = OpenAgain();
        }

        public override IClusterLedger Ledger => _database.Ledger;

        public override IGrainStorage GrainStorage => _database.GrainStorage;

        public override ClusterDatabase OpenAgain() => ClusterDatabase.Open($"sqlite:{_folder["ledger.db"]}", _clock);

        public override Task AdvanceAsync(TimeSpan time)
        {
            _clock.Advance(time);
            return Task.CompletedTask;
        }

        public override async ValueTask DisposeAsync()
        {
            await _database.DisposeAsync();
            _folder.Dispose();
        }
    }

    private sealed class OnServer : LedgerStore
    {
        private readonly string _connection;
        private readonly ClusterDatabase _database;

        public OnServer(string connection)
        {
            _connection = connection;
            _database = OpenAgain();
        }

        public override IClusterLedger Ledger => _database.Ledger;

        public override IGrainStorage GrainStorage => _database.GrainStorage;

        public override ClusterDatabase OpenAgain() => ClusterDatabase.Open($"postgres:{_connection}", TimeProvider.System);

        // The server's clock goes as it goes; the rows' ends come nearer instead.
        public override async Task AdvanceAsync(TimeSpan time)
        {
            await using var connection = new NpgsqlConnection(_connection);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("UPDATE granary.shard SET expires = expires - $1", connection) { Parameters = { new() { Value = time } } };
            await command.ExecuteNonQueryAsync();
        }

        public override ValueTask DisposeAsync() => _database.DisposeAsync();
    }
}
