using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.DuckDb;

/// <summary>duckdb_prepared_statement.</summary>
internal sealed unsafe class StatementHandle : SafeHandle
{
    public StatementHandle(nint handle)
        : base(0, ownsHandle: true)
    {
        SetHandle(handle);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        var released = handle;
        NativeMethods.duckdb_destroy_prepare(&released);
        return true;
    }
}
