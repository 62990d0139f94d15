using Microsoft.Data.Sqlite;

namespace Granary.Cluster.Ledger.Sqlite;

/// <summary>Runs prepared statements on a connection. Parameters are named by their places: $1, $2, ...</summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _prepared = [];

    public SqliteSession(SqliteConnection connection)
    {
        _connection = connection;
    }

    /// <summary>The transaction that statements belong to; null outside of one.</summary>
    public SqliteTransaction? Transaction { get; set; }

    /// <summary>Begins a transaction that may write from its start, so that none ever has to give way half done.</summary>
    public SqliteTransaction Begin()
    {
        Transaction = _connection.BeginTransaction(deferred: false);
        return Transaction;
    }

    /// <summary>Runs a statement and gives the number of rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values)
    {
        return Prepare(sql, values).ExecuteNonQuery();
    }

    /// <summary>Reads all rows.</summary>
    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var reader = Prepare(sql, values).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>Runs statements that are needed once, any number of them in one text.</summary>
    public void RunScript(string sql)
    {
        using var command = _connection.CreateCommand();
        command.Transaction = Transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var command in _prepared.Values)
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<object?> values)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            _prepared.Add(sql, command);
        }

        command.Transaction = Transaction;
        command.Parameters.Clear();
        for (var place = 0; place < values.Length; place++)
        {
            command.Parameters.AddWithValue($"${place + 1}", values[place] ?? DBNull.Value);
        }

        return command;
    }
}
