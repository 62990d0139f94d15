using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial int gn_kernels_decode_linear(
        float* x, long xStride, float* weight, float* bias, float* y, long yStride, long rows, long inputs, long outputs, int threads);

    [LibraryImport(Library)]
    internal static partial int gn_kernels_decode_attention(
        NativeAttentionShape* shape, int* parents, NativeAttentionTensor* q, NativeAttentionTensor* k, NativeAttentionTensor* v, NativeAttentionTensor* output);

    [LibraryImport(Library)]
    internal static partial int gn_kernels_decode_read(NativeSpan* spans, long spanCount, uint* digest, int threads);
}
