using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.DuckDb;

/// <summary>Text that DuckDB gives out.</summary>
internal static unsafe class NativeText
{
    /// <summary>A text that stays DuckDB's own; null where there is none.</summary>
    public static string? Of(byte* text)
    {
        return Marshal.PtrToStringUTF8((nint)text);
    }

    /// <summary>A text that the caller has to free, and that is freed here.</summary>
    public static string? Take(byte* text)
    {
        var taken = Of(text);
        NativeMethods.duckdb_free(text);
        return taken;
    }
}
