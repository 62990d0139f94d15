namespace Granary.Pipelines.Native.DuckDb;

/// <summary>The rows of a query, a chunk of at most 2,048 at a time.</summary>
internal sealed unsafe class DuckDbRows : IDisposable
{
    private readonly NativeResult _result;
    private nint _chunk;
    private bool _isDisposed;

    /// <exception cref="DuckDbException">The query fails before its first row.</exception>
    internal DuckDbRows(StatementHandle statement)
    {
        NativeResult result;
        var state = NativeMethods.duckdb_execute_prepared_streaming(statement, &result);
        _result = result;
        if (state != NativeMethods.Success)
        {
            var error = ErrorOf(_result);
            Dispose();
            throw DuckDbException.Of(error);
        }
    }

    /// <summary>The rows of the present chunk.</summary>
    public int Count => (int)NativeMethods.duckdb_data_chunk_get_size(_chunk);

    /// <summary>Takes the next chunk, with which the one before becomes invalid; false at the end.</summary>
    /// <exception cref="DuckDbException">The query fails on the way.</exception>
    public bool Next()
    {
        EndChunk();
        _chunk = NativeMethods.duckdb_fetch_chunk(_result);
        if (_chunk != 0)
        {
            return true;
        }

        // The end and a fault look the same but for this text.
        return ErrorOf(_result) is { } error ? throw DuckDbException.Of(error) : false;
    }

    /// <summary>A column of the present chunk.</summary>
    public DuckDbColumn Column(int index)
    {
        return new DuckDbColumn(NativeMethods.duckdb_data_chunk_get_vector(_chunk, (ulong)index));
    }

    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            EndChunk();
            var result = _result;
            NativeMethods.duckdb_destroy_result(&result);
        }
    }

    private static string? ErrorOf(NativeResult result)
    {
        return NativeText.Of(NativeMethods.duckdb_result_error(&result));
    }

    private void EndChunk()
    {
        fixed (nint* chunk = &_chunk)
        {
            NativeMethods.duckdb_destroy_data_chunk(chunk);
        }
    }
}
