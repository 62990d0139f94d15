using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_kernels_attention_mask.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeAttentionMask
{
    public int Kind;
    public int Reserved;
    public long CausalOffset;
    public int* SegmentQ;
    public int* SegmentK;
    public byte* AnchorK;
    public int* RankQ;
    public int* RankK;
}
