using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Granary.Cluster.Ledger.Sqlite;

/// <summary>One connection to a SQLite file, used by one caller at a time; what is committed is on the disk.</summary>
internal sealed class SqliteDatabase : IStatements
{
    // Seconds for which another process may hold the file's lock.
    private const int BusyTimeout = 5;

    // SQLITE_BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB; all others are faults of a statement.
    private static readonly int[] Outages = [5, 6, 7, 8, 10, 11, 13, 14, 15, 26];

    private readonly SemaphoreSlim _turn = new(1, 1);

    // Guarded by _turn; null before the first use and after a failure, which the next use may have outlived.
    private SqliteSession? _session;

    public SqliteDatabase(string file)
    {
        File = Path.GetFullPath(file);
    }

    /// <summary>The database's full path.</summary>
    public string File { get; }

    /// <inheritdoc/>
    public Task<int> ExecuteAsync(string sql, object?[] values, CancellationToken cancellationToken)
    {
        return RunAsync(session => session.Execute(sql, values), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> read, object?[] values, CancellationToken cancellationToken)
    {
        return RunAsync(session => session.Query(sql, read, values), cancellationToken);
    }

    /// <summary>Runs statements in one transaction, which is undone where they throw.</summary>
    /// <exception cref="LedgerUnavailableException">The file could not be used, or not be written.</exception>
    public async Task<T> RunAsync<T>(Func<SqliteSession, T> statements, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return RunInTransaction(statements);
        }
        catch (SqliteException exception) when (Outages.Contains(exception.SqliteErrorCode))
        {
            _session?.Dispose();
            _session = null;
            throw new LedgerUnavailableException($"The database '{File}' cannot be used: {exception.Message}", exception);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        _session?.Dispose();
        _session = null;
        _turn.Dispose();
    }

    private T RunInTransaction<T>(Func<SqliteSession, T> statements)
    {
        _session ??= Connect();
        using var transaction = _session.Begin();
        try
        {
            var result = statements(_session);
            transaction.Commit();
            return result;
        }
        finally
        {
            _session.Transaction = null;
        }
    }

    private SqliteSession Connect()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        var address = new SqliteConnectionStringBuilder { DataSource = File, Pooling = false, DefaultTimeout = BusyTimeout };
        var connection = new SqliteConnection(address.ConnectionString);
        try
        {
            connection.Open();
            var session = new SqliteSession(connection);
            session.RunScript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
            return session;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
