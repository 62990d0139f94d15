namespace Granary.Pipelines.Native.DuckDb;

/// <summary>Rows that are being made, column by column.</summary>
internal readonly unsafe struct DuckDbChunk
{
    /// <summary>Rows that a chunk has room for.</summary>
    public const int MaxRows = 2048;

    private readonly nint _chunk;

    public DuckDbChunk(nint chunk)
    {
        _chunk = chunk;
    }

    /// <summary>A column's values, to be written.</summary>
    public Span<T> Values<T>(int column)
        where T : unmanaged
    {
        return new Span<T>(NativeMethods.duckdb_vector_get_data(Vector(column)), MaxRows);
    }

    /// <summary>Takes a value away.</summary>
    public void SetNull(int column, int row)
    {
        var vector = Vector(column);
        NativeMethods.duckdb_vector_ensure_validity_writable(vector);
        NativeMethods.duckdb_vector_get_validity(vector)[row >> 6] &= ~(1UL << (row & 63));
    }

    /// <summary>Writes a text.</summary>
    public void SetText(int column, int row, ReadOnlySpan<byte> utf8)
    {
        fixed (byte* text = utf8)
        {
            NativeMethods.duckdb_vector_assign_string_element_len(Vector(column), (ulong)row, text, (ulong)utf8.Length);
        }
    }

    /// <summary>Makes the first rows' lists, all of one length, and gives their elements, one list behind the other.</summary>
    public Span<T> Lists<T>(int column, int rows, int length)
        where T : unmanaged
    {
        var vector = Vector(column);
        var entries = (ulong*)NativeMethods.duckdb_vector_get_data(vector); // duckdb_list_entry: offset and length
        for (var row = 0; row < rows; row++)
        {
            entries[2 * row] = (ulong)row * (ulong)length;
            entries[(2 * row) + 1] = (ulong)length;
        }

        var elements = (ulong)rows * (ulong)length;
        _ = NativeMethods.duckdb_list_vector_reserve(vector, elements);
        _ = NativeMethods.duckdb_list_vector_set_size(vector, elements);
        return new Span<T>(NativeMethods.duckdb_vector_get_data(NativeMethods.duckdb_list_vector_get_child(vector)), checked((int)elements));
    }

    private nint Vector(int column)
    {
        return NativeMethods.duckdb_data_chunk_get_vector(_chunk, (ulong)column);
    }
}
