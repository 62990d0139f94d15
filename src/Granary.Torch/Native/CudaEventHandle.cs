using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_cuda_event.</summary>
internal sealed class CudaEventHandle : SafeHandle
{
    public CudaEventHandle(nint handle)
        : base(0, ownsHandle: true)
    {
        SetHandle(handle);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.gn_cuda_event_free(handle);
        return true;
    }
}
