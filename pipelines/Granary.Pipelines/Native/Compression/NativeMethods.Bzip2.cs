using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.Compression;

internal static unsafe partial class NativeMethods
{
    internal const string Bzip2 = "libbz2.so.1.0";

    [LibraryImport(Bzip2)]
    internal static partial int BZ2_bzDecompressInit(NativeBzip2Stream* stream, int verbosity, int small);

    [LibraryImport(Bzip2)]
    internal static partial int BZ2_bzDecompress(NativeBzip2Stream* stream);

    [LibraryImport(Bzip2)]
    internal static partial int BZ2_bzDecompressEnd(NativeBzip2Stream* stream);
}
