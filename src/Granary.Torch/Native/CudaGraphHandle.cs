using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_cuda_graph.</summary>
internal sealed class CudaGraphHandle : SafeHandle
{
    public CudaGraphHandle(nint handle)
        : base(0, ownsHandle: true)
    {
        SetHandle(handle);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.gn_cuda_graph_free(handle);
        return true;
    }
}
