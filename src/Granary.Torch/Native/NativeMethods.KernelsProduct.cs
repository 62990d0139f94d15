using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial int gn_kernels_product_has(int products);

    [LibraryImport(Library)]
    internal static partial int gn_kernels_product_forward(
        NativeProductShape* shape, NativeProductFactor* x, NativeProductFactor* weight, float* bias, float* y, long yStride);

    [LibraryImport(Library)]
    internal static partial int gn_kernels_product_of_input(
        NativeProductShape* shape, NativeProductFactor* dy, NativeProductFactor* weight, float* dx, long dxStride);

    [LibraryImport(Library)]
    internal static partial int gn_kernels_product_of_weight(
        NativeProductShape* shape, NativeProductFactor* dy, NativeProductFactor* x, float* dweight, long dweightStride, int adds);

    [LibraryImport(Library)]
    internal static partial int gn_kernels_product_of_bias(NativeProductShape* shape, NativeProductFactor* dy, float* dbias, int adds);
}
