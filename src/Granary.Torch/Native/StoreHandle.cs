using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_store.</summary>
internal sealed class StoreHandle : SafeHandle
{
    public StoreHandle(nint handle)
        : base(0, ownsHandle: true)
    {
        SetHandle(handle);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.gn_distributed_store_free(handle);
        return true;
    }
}
