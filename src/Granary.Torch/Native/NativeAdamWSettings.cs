using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

/// <summary>gn_kernels_optimizer_adamw_settings.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeAdamWSettings
{
    public double LearningRate;
    public double Beta1;
    public double Beta2;
    public double Epsilon;
    public double GradientScale;
    public long Step;
}
