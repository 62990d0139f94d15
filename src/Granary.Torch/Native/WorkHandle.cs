using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_work.</summary>
internal sealed class WorkHandle : SafeHandle
{
    public WorkHandle(nint handle)
        : base(0, ownsHandle: true)
    {
        SetHandle(handle);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.gn_distributed_work_free(handle);
        return true;
    }
}
