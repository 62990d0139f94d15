using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial int gn_kernels_optimizer_adamw(
        NativeAdamWParameter* parameters, long parameterCount, NativeAdamWSettings* settings, int threads);

    [LibraryImport(Library)]
    internal static partial int gn_kernels_optimizer_sum_squares(NativeSpan* spans, long spanCount, double* sum, int threads);

    [LibraryImport(Library)]
    internal static partial int gn_kernels_optimizer_scale(NativeSpan* spans, long spanCount, float factor, int threads);

    [LibraryImport(Library)]
    internal static partial int gn_kernels_optimizer_fill(NativeSpan* spans, long spanCount, float value, int threads);
}
