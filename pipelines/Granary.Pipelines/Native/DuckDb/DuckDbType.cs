namespace Granary.Pipelines.Native.DuckDb;

/// <summary>The types of columns that are written here, numbered as duckdb_type is.</summary>
internal enum DuckDbType
{
    /// <summary>INTEGER, 32 bits.</summary>
    Int32 = 4,

    /// <summary>BIGINT, 64 bits.</summary>
    Int64 = 5,

    /// <summary>USMALLINT, 16 bits.</summary>
    UInt16 = 7,

    /// <summary>VARCHAR.</summary>
    Text = 17,
}
