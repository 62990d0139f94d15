using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_kernels_rotary_tensor.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeRotaryTensor
{
    public float* Data;
    public long BatchStride;
    public long HeadStride;
    public long RowStride;
    public long Batch;
    public long Heads;
    public long Length;
}
