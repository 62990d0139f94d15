using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_kernels_product_factor.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeProductFactor
{
    public void* Data;
    public long Stride;
    public int Type;
}
