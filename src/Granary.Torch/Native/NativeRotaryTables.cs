using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_kernels_rotary_tables.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeRotaryTables
{
    public float* Cos;
    public float* Sin;
    public long Positions;
    public long Rotated;
}
