using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial int gn_kernels_attention_forward(
        NativeAttentionShape* shape,
        NativeAttentionMask* mask,
        NativeAttentionTensor* q,
        NativeAttentionTensor* k,
        NativeAttentionTensor* v,
        NativeAttentionTensor* output,
        float* lse);

    [LibraryImport(Library)]
    internal static partial int gn_kernels_attention_backward(
        NativeAttentionShape* shape,
        NativeAttentionMask* mask,
        NativeAttentionTensor* q,
        NativeAttentionTensor* k,
        NativeAttentionTensor* v,
        NativeAttentionTensor* output,
        float* lse,
        float* delta,
        NativeAttentionTensor* outputGradient,
        float* lseGradient,
        NativeAttentionTensor* qGradient,
        NativeAttentionTensor* kGradient,
        NativeAttentionTensor* vGradient);

    [LibraryImport(Library)]
    internal static partial int gn_kernels_attention_merge(
        NativeAttentionShape* shape, NativeAttentionTensor* output, float* lse, NativeAttentionTensor* blockOutput, float* blockLse);
}
