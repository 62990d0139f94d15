namespace Granary.Pipelines.Native.DuckDb;

/// <summary>Runs one query at a time.</summary>
internal sealed unsafe class DuckDbConnection : IDisposable
{
    private readonly ConnectionHandle _handle;

    public DuckDbConnection(ConnectionHandle handle)
    {
        _handle = handle;
    }

    /// <summary>The handle, for functions that are registered with a connection.</summary>
    internal ConnectionHandle Handle => _handle;

    /// <summary>Begins a query whose rows are computed while they are taken.</summary>
    /// <exception cref="DuckDbException">DuckDB refuses the query, in its own words.</exception>
    public DuckDbRows Query(string sql)
    {
        var state = NativeMethods.duckdb_prepare(_handle, sql, out var prepared);
        using var statement = new StatementHandle(prepared);
        if (state != NativeMethods.Success)
        {
            throw DuckDbException.Of(NativeText.Of(NativeMethods.duckdb_prepare_error(prepared)));
        }

        return new DuckDbRows(statement);
    }

    /// <summary>Runs a statement to its end.</summary>
    /// <exception cref="DuckDbException">DuckDB refuses the statement, or it fails.</exception>
    public void Execute(string sql)
    {
        using var rows = Query(sql);
        while (rows.Next())
        {
        }
    }

    /// <summary>A text as SQL spells it.</summary>
    public static string Quote(string text)
    {
        return $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
    }

    /// <summary>A name as SQL spells it, whatever letters it has.</summary>
    public static string QuoteName(string name)
    {
        return $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    public void Dispose()
    {
        _handle.Dispose();
    }
}
