using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.Compression;

/// <summary>The imports of libzstd and libbz2, as their headers zstd.h, zstd_errors.h and bzlib.h have them.</summary>
internal static unsafe partial class NativeMethods
{
    internal const string Zstd = "libzstd.so.1";

    [LibraryImport(Zstd)]
    internal static partial nint ZSTD_createDCtx();

    [LibraryImport(Zstd)]
    internal static partial nuint ZSTD_freeDCtx(nint context);

    [LibraryImport(Zstd)]
    internal static partial nuint ZSTD_DCtx_setParameter(ZstdContextHandle context, int parameter, int value);

    [LibraryImport(Zstd)]
    internal static partial nuint ZSTD_decompressStream(ZstdContextHandle context, NativeZstdBuffer* output, NativeZstdBuffer* input);

    /// <summary>The error that a result stands for; 0 when it is none.</summary>
    [LibraryImport(Zstd)]
    internal static partial int ZSTD_getErrorCode(nuint result);
}
