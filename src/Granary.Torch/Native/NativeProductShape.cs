using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_kernels_product_shape.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeProductShape
{
    public long Rows;
    public long Inputs;
    public long Outputs;
    public int Products;
    public int Threads;
}
