using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_kernels_activation_matrix.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeActivationMatrix
{
    public float* Data;
    public long RowStride;
}
