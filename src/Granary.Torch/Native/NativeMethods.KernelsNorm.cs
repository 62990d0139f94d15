using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial int gn_kernels_norm_layer_forward(
        float* x,
        float* residual,
        float* sum,
        float* gamma,
        float* beta,
        float* y,
        float* mean,
        float* rstd,
        long rows,
        long width,
        float eps,
        int threads);

    [LibraryImport(Library)]
    internal static partial int gn_kernels_norm_layer_backward(
        float* x,
        float* gamma,
        float* mean,
        float* rstd,
        float* yGradient,
        float* sumGradient,
        float* xGradient,
        float* gammaGradient,
        float* betaGradient,
        long rows,
        long width,
        int threads);

    [LibraryImport(Library)]
    internal static partial int gn_kernels_norm_rms_forward(
        float* x, float* residual, float* sum, float* gamma, float* y, float* rstd, long rows, long width, float eps, int threads);

    [LibraryImport(Library)]
    internal static partial int gn_kernels_norm_rms_backward(
        float* x,
        float* gamma,
        float* rstd,
        float* yGradient,
        float* sumGradient,
        float* xGradient,
        float* gammaGradient,
        long rows,
        long width,
        int threads);
}
