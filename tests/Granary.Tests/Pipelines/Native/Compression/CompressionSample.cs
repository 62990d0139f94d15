using System.Runtime.InteropServices;

namespace Granary.Pipelines.Native.Compression.Tests;

/// <summary>Packs bytes with the libraries that unpack them.</summary>
internal static unsafe partial class CompressionSample
{
    private const int WindowLog = 101; // ZSTD_c_windowLog
    private const int ChecksumFlag = 201; // ZSTD_c_checksumFlag

    /// <summary>Some bytes as one zstd frame with a checksum, as the command writes it.</summary>
    public static byte[] Zstd(byte[] content, int windowLog = 0)
    {
        var context = ZSTD_createCCtx();
        try
        {
            ZSTD_CCtx_setParameter(context, ChecksumFlag, 1);
            ZSTD_CCtx_setParameter(context, WindowLog, windowLog);
            var packed = new byte[(int)ZSTD_compressBound((nuint)content.Length)];
            fixed (byte* from = content, to = packed)
            {
                return packed[..(int)ZSTD_compress2(context, to, (nuint)packed.Length, from, (nuint)content.Length)];
            }
        }
        finally
        {
            ZSTD_freeCCtx(context);
        }
    }

    /// <summary>A frame that says nothing.</summary>
    public static byte[] SkippableZstd(byte[] content)
    {
        // RFC 8878, section 3.1.2.
        return [0x50, 0x2A, 0x4D, 0x18, .. BitConverter.GetBytes(content.Length), .. content];
    }

    /// <summary>Some bytes as one bzip2 stream.</summary>
    public static byte[] Bzip2(byte[] content)
    {
        var packed = new byte[content.Length + (content.Length / 100) + 600];
        var length = (uint)packed.Length;
        byte[] input = [.. content, 0]; // the library takes no null for nothing
        fixed (byte* from = input, to = packed)
        {
            Assert.That(BZ2_bzBuffToBuffCompress(to, &length, from, (uint)content.Length, 9, 0, 0), Is.Zero);
        }

        return packed[..(int)length];
    }

    [LibraryImport(NativeMethods.Zstd)]
    private static partial nint ZSTD_createCCtx();

    [LibraryImport(NativeMethods.Zstd)]
    private static partial nuint ZSTD_freeCCtx(nint context);

    [LibraryImport(NativeMethods.Zstd)]
    private static partial nuint ZSTD_CCtx_setParameter(nint context, int parameter, int value);

    [LibraryImport(NativeMethods.Zstd)]
    private static partial nuint ZSTD_compressBound(nuint length);

    [LibraryImport(NativeMethods.Zstd)]
    private static partial nuint ZSTD_compress2(nint context, byte* to, nuint toLength, byte* from, nuint fromLength);

    [LibraryImport(NativeMethods.Bzip2)]
    private static partial int BZ2_bzBuffToBuffCompress(byte* to, uint* toLength, byte* from, uint fromLength, int blockSize100k, int verbosity, int workFactor);
}
