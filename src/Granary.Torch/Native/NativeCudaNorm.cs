using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_cuda_norm.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeCudaNorm
{
    public int Type;
    public int Kind;
    public long Rows;
    public long Width;
    public double Epsilon;
    public void* X;
    public void* Delta;
    public void* Sum;
    public float* Gamma;
    public float* Beta;
    public void* Y;
    public float* Mean;
    public float* Rstd;
}
