using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_kernels_attention_tensor.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeAttentionTensor
{
    public float* Data;
    public long BatchStride;
    public long HeadStride;
    public long RowStride;
}
