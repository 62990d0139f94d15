using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.DuckDb;

/// <summary>duckdb_result, whose fields only DuckDB itself reads.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeResult
{
    private readonly ulong _columnCount;
    private readonly ulong _rowCount;
    private readonly ulong _rowsChanged;
    private readonly nint _columns;
    private readonly nint _errorMessage;
    private readonly nint _internalData;
}
