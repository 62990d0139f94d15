using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_cuda_parameter.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeCudaParameter
{
    public float* Value;
    public float* Gradient;
    public float* ExpAvg;
    public float* ExpAvgSq;
    public void* Copy;
    public long Count;
    public double WeightDecay;
}
