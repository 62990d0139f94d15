using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.XGBoost;

/// <summary>BoosterHandle.</summary>
internal sealed class BoosterHandle : SafeHandle
{
    public BoosterHandle(nint handle)
        : base(0, ownsHandle: true)
    {
        SetHandle(handle);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        return NativeMethods.XGBoosterFree(handle) == 0;
    }
}
