using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_distributed_operation.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativePeerOperation
{
    public nint Tensor;
    public int Peer;
    public int Tag;
    public int IsSend;
}
