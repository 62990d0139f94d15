using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_kernels_optimizer_span.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeSpan
{
    public float* Data;
    public long Count;
}
