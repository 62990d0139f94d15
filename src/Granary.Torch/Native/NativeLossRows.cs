using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_kernels_loss_rows.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeLossRows
{
    public float* Logits;
    public long RowStride;
    public long* Targets;
    public float* Weights;
    public long Rows;
    public long Classes;
}
