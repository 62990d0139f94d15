using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_profile_row.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeProfileRow
{
    internal byte* Phase;
    internal byte* Name;
    internal long Calls;
    internal double Seconds;
    internal double Operations;
    internal double Bytes;
}
