using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_cuda_heads.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeCudaHeads
{
    public void* Data;
    public long BatchStride;
    public long HeadStride;
    public long RowStride;
}
