using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.XGBoost;

/// <summary>DMatrixHandle.</summary>
internal sealed class MatrixHandle : SafeHandle
{
    public MatrixHandle(nint handle)
        : base(0, ownsHandle: true)
    {
        SetHandle(handle);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        return NativeMethods.XGDMatrixFree(handle) == 0;
    }
}
