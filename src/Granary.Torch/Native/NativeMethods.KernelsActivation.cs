using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial int gn_kernels_activation_swiglu_forward(
        NativeActivationMatrix* gate, NativeActivationMatrix* up, NativeActivationMatrix* output, long rows, long width, int threads);

    [LibraryImport(Library)]
    internal static partial int gn_kernels_activation_swiglu_backward(
        NativeActivationMatrix* gate,
        NativeActivationMatrix* up,
        NativeActivationMatrix* outputGradient,
        NativeActivationMatrix* gateGradient,
        NativeActivationMatrix* upGradient,
        long rows,
        long width,
        int threads);

    [LibraryImport(Library)]
    internal static partial int gn_kernels_activation_gelu_forward(
        int kind, NativeActivationMatrix* x, float* bias, NativeActivationMatrix* output, long rows, long width, int threads);

    [LibraryImport(Library)]
    internal static partial int gn_kernels_activation_gelu_backward(
        int kind,
        NativeActivationMatrix* x,
        float* bias,
        NativeActivationMatrix* outputGradient,
        NativeActivationMatrix* xGradient,
        float* biasGradient,
        long rows,
        long width,
        int threads);
}
