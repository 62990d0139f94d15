using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial int gn_cuda_kernels_compiled();

    [LibraryImport(Library)]
    internal static partial int gn_cuda_norm_forward(NativeCudaNorm* norm);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_norm_backward(NativeCudaNormGradient* gradient);

    [LibraryImport(Library)]
    internal static partial long gn_cuda_column_scratch(long rows, long width);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_column_sums(int type, void* x, long rows, long width, float* output, int accumulate, float* scratch);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_rotary(
        int type, void* data, long rows, long length, long heads, long headDim, long rowStride, float* cos, float* sin, int inverse);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_pack_heads(
        int type,
        NativeCudaHeads* q,
        NativeCudaHeads* k,
        NativeCudaHeads* v,
        void* packed,
        long batch,
        long length,
        long heads,
        long keyHeads,
        long headDim,
        float* cos,
        float* sin);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_swiglu_forward(int type, void* gateUp, void* output, long rows, long width);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_swiglu_backward(int type, void* gateUp, void* outputGradient, void* gateUpGradient, long rows, long width);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_gelu_forward(int type, int kind, void* x, void* output, long count);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_gelu_backward(int type, int kind, void* x, void* outputGradient, void* xGradient, long count);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_cross_entropy(
        int type, void* logits, long rows, long classes, long rowStride, long* targets, float* weights, float* losses, int writesGradient);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_adamw_step(NativeCudaParameter* parameters, int* chunks, long chunkCount, NativeAdamWSettings* settings);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_sum_squares(NativeCudaParameter* parameters, int* chunks, long chunkCount, double* scratch, double* sum);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_attention_forward(
        int type,
        NativeAttentionShape* shape,
        NativeAttentionMask* mask,
        NativeCudaHeads* q,
        NativeCudaHeads* k,
        NativeCudaHeads* v,
        NativeCudaHeads* output,
        float* lse);

    [LibraryImport(Library)]
    internal static partial int gn_cuda_attention_backward(
        int type,
        NativeAttentionShape* shape,
        NativeAttentionMask* mask,
        NativeCudaHeads* q,
        NativeCudaHeads* k,
        NativeCudaHeads* v,
        NativeCudaHeads* output,
        float* lse,
        NativeCudaHeads* outputGradient,
        float* lseGradient,
        NativeCudaHeads* qGradient,
        NativeCudaHeads* kGradient,
        NativeCudaHeads* vGradient,
        float* delta);
}
