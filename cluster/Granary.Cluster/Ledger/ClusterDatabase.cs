using Granary.Cluster.Ledger.Postgres;
using Granary.Cluster.Ledger.Sqlite;
using Orleans.Storage;

namespace Granary.Cluster.Ledger;

/// <summary>The database of a cluster: its ledger and its grains' state. Nothing is opened before it is used.</summary>
public sealed class ClusterDatabase : IAsyncDisposable
{
    private const string SqlitePrefix = "sqlite:";
    private const string PostgresPrefix = "postgres:";

    private readonly IStatements _database;

    private ClusterDatabase(IStatements database, IClusterLedger ledger)
    {
        _database = database;
        Ledger = ledger;
        GrainStorage = new LedgerGrainStorage(database);
    }

    /// <summary>Datasets, shards, leases and commits. It is opened first: that makes the tables of everything.</summary>
    public IClusterLedger Ledger { get; }

    /// <summary>The grains' state.</summary>
    public IGrainStorage GrainStorage { get; }

    /// <summary>
    /// The database at an address: "sqlite:FILE", where leases end by the given clock, or "postgres:CONNECTION" with a connection
    /// string such as "Host=db;Database=granary;Username=granary", where they end by the server's.
    /// </summary>
    /// <exception cref="ArgumentException">The address is neither.</exception>
    public static ClusterDatabase Open(string address, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(clock);
        if (address.StartsWith(SqlitePrefix, StringComparison.Ordinal) && address.Length > SqlitePrefix.Length)
        {
            var file = new SqliteDatabase(address[SqlitePrefix.Length..]);
            return new ClusterDatabase(file, new SqliteLedger(file, clock));
        }

        if (address.StartsWith(PostgresPrefix, StringComparison.Ordinal))
        {
            var server = new PostgresDatabase(address[PostgresPrefix.Length..]);
            return new ClusterDatabase(server, new PostgresLedger(server));
        }

        // The address is not shown: it may hold a password.
        throw new ArgumentException("A database's address must be 'sqlite:FILE' or 'postgres:CONNECTION'.", nameof(address));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
