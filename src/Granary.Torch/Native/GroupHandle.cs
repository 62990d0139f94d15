using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_group.</summary>
internal sealed class GroupHandle : SafeHandle
{
    public GroupHandle(nint handle)
        : base(0, ownsHandle: true)
    {
        SetHandle(handle);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.gn_distributed_group_free(handle);
        return true;
    }
}
