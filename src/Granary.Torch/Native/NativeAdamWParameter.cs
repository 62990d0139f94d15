using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_kernels_optimizer_parameter.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeAdamWParameter
{
    public float* Value;
    public float* Gradient;
    public float* ExpAvg;
    public float* ExpAvgSq;
    public long Count;
    public double WeightDecay;
    public ushort* Copy;
}
