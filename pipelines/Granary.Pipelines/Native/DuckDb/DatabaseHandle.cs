using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.DuckDb;

/// <summary>duckdb_database.</summary>
internal sealed unsafe class DatabaseHandle : SafeHandle
{
    public DatabaseHandle(nint handle)
        : base(0, ownsHandle: true)
    {
        SetHandle(handle);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        var released = handle;
        NativeMethods.duckdb_close(&released);
        return true;
    }
}
