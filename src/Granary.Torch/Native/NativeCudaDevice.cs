using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_cuda_device.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeCudaDevice
{
    public byte* Name;
    public long TotalMemory;
    public int Multiprocessors;
    public int Major;
    public int Minor;
}
