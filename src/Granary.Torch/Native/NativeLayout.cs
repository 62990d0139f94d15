using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_tensor_layout.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeLayout
{
    public long* Sizes;
    public long* Strides;
    public long Elements;
    public long Bytes;
    public int Dimensions;
    public int Type;
    public int DeviceType;
    public int DeviceIndex;
    public int IsContiguous;
}
