using System.Data.Common;
using Npgsql;

namespace Granary.Cluster.Ledger.Postgres;

/// <summary>A pool of connections to PostgreSQL. Each one makes sure, before its first use, that the database is the one it was.</summary>
internal sealed class PostgresDatabase : IStatements
{
    // The incarnation follows LedgerRules.NextIncarnation. A restored or promoted server goes on in a timeline of its own; a copy in another cluster has another identifier.
    // The WAL file's name has the timeline that is written to, where the control file may have the one of the last checkpoint.
    private const string Recognise =
        """
        WITH identity AS (
            SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) AS found),
        raised AS (
            UPDATE cluster SET incarnation = greatest(incarnation + 1, (1000 * extract(epoch FROM clock_timestamp()))::bigint), identity = found
            FROM identity WHERE identity <> found RETURNING 1)
        UPDATE shard SET state = 'free', expires = NULL WHERE state = 'leased' AND EXISTS (SELECT FROM raised)
        """;

    private readonly NpgsqlDataSource _source;

    // Before the tables are there, there is nothing to recognise. Set once.
    private volatile bool _hasTables;

    public PostgresDatabase(string connection)
    {
        var settings = new NpgsqlConnectionStringBuilder(connection) { SearchPath = PostgresSchema.Name };
        settings.ApplicationName ??= "granary";
        settings.MaxAutoPrepare = Math.Max(settings.MaxAutoPrepare, 64);
        settings.AutoPrepareMinUsages = 2;
        settings.CommandTimeout = 15;

        // Statements leave nothing behind in a session.
        settings.NoResetOnClose = true;

        // What a server's configuration may say otherwise, but an acknowledged commit and the fence depend on.
        settings.Options = $"{settings.Options} -c synchronous_commit=on -c default_transaction_isolation=read\\ committed".Trim();
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UsePhysicalConnectionInitializer(connection => throw new NotSupportedException("Connections are opened asynchronously."), RecogniseAsync);
        _source = builder.Build();
    }

    /// <summary>Makes the tables where they are missing, and gives the incarnation.</summary>
    public Task<long> OpenAsync(CancellationToken cancellationToken)
    {
        return RunAsync(async connection =>
        {
            await PostgresSchema.MigrateAsync(connection, cancellationToken);
            _hasTables = true;
            await RecogniseAsync(connection);
            return (await connection.QueryAsync("SELECT incarnation FROM cluster", row => row.GetInt64(0), [], cancellationToken)).Single();
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> ExecuteAsync(string sql, object?[] values, CancellationToken cancellationToken)
    {
        return RunAsync(connection => connection.ExecuteAsync(sql, values, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> read, object?[] values, CancellationToken cancellationToken)
    {
        return RunAsync(connection => connection.QueryAsync(sql, read, values, cancellationToken), cancellationToken);
    }

    /// <summary>Runs statements on a connection of their own.</summary>
    /// <exception cref="LedgerUnavailableException">The server could not be reached, or did not end what was begun.</exception>
    public async Task<T> RunAsync<T>(Func<NpgsqlConnection, Task<T>> statements, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellationToken);
            return await statements(connection);
        }
        catch (NpgsqlException exception) when (IsOutage(exception))
        {
            throw new LedgerUnavailableException($"The database did not answer: {exception.Message}", exception);
        }
    }

    /// <summary>Runs statements in one transaction, which is undone where they throw.</summary>
    /// <exception cref="LedgerUnavailableException">The server could not be reached, or did not end what was begun.</exception>
    public Task<T> RunInTransactionAsync<T>(Func<NpgsqlConnection, Task<T>> statements, CancellationToken cancellationToken)
    {
        return RunAsync(async connection =>
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var result = await statements(connection);
            await transaction.CommitAsync(cancellationToken);
            return result;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task RecogniseAsync(NpgsqlConnection connection)
    {
        if (_hasTables)
        {
            await connection.ExecuteAsync(Recognise, [], CancellationToken.None);
        }
    }

    // Classes 22, 23 and 42 are faults of a statement or of what it was given: asked again, it would fail again.
    private static bool IsOutage(NpgsqlException exception)
    {
        return exception is not PostgresException { SqlState: ['2', '2' or '3', ..] or ['4', '2', ..] };
    }
}
