using System.Text;

namespace Granary.Pipelines.Native.DuckDb;

/// <summary>The values of one column in a chunk, read where DuckDB has them.</summary>
internal readonly unsafe ref struct DuckDbColumn
{
    private readonly void* _values;
    private readonly ulong* _validity;

    public DuckDbColumn(nint vector)
    {
        _values = NativeMethods.duckdb_vector_get_data(vector);
        _validity = NativeMethods.duckdb_vector_get_validity(vector);
    }

    /// <summary>Whether a row has no value.</summary>
    public bool IsNull(int row)
    {
        return _validity != null && (_validity[row >> 6] >> (row & 63) & 1) == 0;
    }

    /// <summary>The bytes of a VARCHAR or BLOB; valid until the rows go on.</summary>
    public ReadOnlySpan<byte> Bytes(int row)
    {
        return NativeString.BytesOf((NativeString*)_values + row);
    }

    /// <summary>A VARCHAR as a string of its own; null where the row has none.</summary>
    public string? Text(int row)
    {
        return IsNull(row) ? null : Encoding.UTF8.GetString(Bytes(row));
    }

    /// <summary>A DOUBLE.</summary>
    public double Double(int row)
    {
        return ((double*)_values)[row];
    }

    /// <summary>A BIGINT.</summary>
    public long Int64(int row)
    {
        return ((long*)_values)[row];
    }
}
