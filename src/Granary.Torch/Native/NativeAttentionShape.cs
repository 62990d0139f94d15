using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_kernels_attention_shape.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeAttentionShape
{
    public long Batch;
    public long QueryHeads;
    public long KeyHeads;
    public long QueryLength;
    public long KeyLength;
    public long HeadDim;
    public float Scale;
    public int Threads;
    public int Products;
    public int Reserved;
}
