using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial int gn_kernels_loss_cross_entropy(
        NativeLossRows* rows,
        float* losses,
        float* lse,
        double* lossSum,
        double* weightSum,
        float* gradient,
        long gradientStride,
        float gradientScale,
        int threads);

    [LibraryImport(Library)]
    internal static partial int gn_kernels_loss_cross_entropy_backward(
        NativeLossRows* rows, float* lse, float* gradient, long gradientStride, float gradientScale, int threads);
}
