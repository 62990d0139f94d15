using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_cuda_norm_gradient.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeCudaNormGradient
{
    public int Type;
    public int Kind;
    public long Rows;
    public long Width;
    public void* X;
    public float* Gamma;
    public float* Mean;
    public float* Rstd;
    public void* YGradient;
    public void* SumGradient;
    public void* XGradient;
    public float* GammaGradient;
    public float* BetaGradient;
    public int Accumulate;
    public int Reserved;
    public float* Scratch;
}
