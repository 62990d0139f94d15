using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.DuckDb;

/// <summary>duckdb_connection.</summary>
internal sealed unsafe class ConnectionHandle : SafeHandle
{
    public ConnectionHandle(nint handle)
        : base(0, ownsHandle: true)
    {
        SetHandle(handle);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        var released = handle;
        NativeMethods.duckdb_disconnect(&released);
        return true;
    }
}
