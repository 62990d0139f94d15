using System.Runtime.InteropServices;

namespace Granary.Torch.Native;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial int gn_kernels_embedding_backward(
        long* ids, long rows, long paddingId, float* outputGradient, long outputStride, float* weightGradient, long vocabulary, long width, int threads);
}
