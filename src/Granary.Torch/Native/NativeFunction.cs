using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_function.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeFunction
{
    public delegate* unmanaged<nint, nint*, int, nint*, int, int> Backward;
    public delegate* unmanaged<nint, void> Release;
    public delegate* unmanaged<nint, void> Destroy;
    public nint Context;
}
