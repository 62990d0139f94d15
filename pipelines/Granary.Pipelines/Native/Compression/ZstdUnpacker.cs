namespace Granary.Pipelines.Native.Compression;

/// <summary>Unpacks Zstandard (RFC 8878): frames one behind the other, and frames to be skipped between them.</summary>
internal sealed class ZstdUnpacker : IUnpacker
{
    /// <summary>The largest window that is read, as a power of two: 128 MiB, what the zstd command reads unasked.</summary>
    internal const int MaxWindowLog = 27;

    private const int WindowLogMaxParameter = 100; // ZSTD_d_windowLogMax
    private const int WindowTooLarge = 16; // ZSTD_error_frameParameter_windowTooLarge

    private readonly ZstdContextHandle _context = new(NativeMethods.ZSTD_createDCtx());

    public ZstdUnpacker()
    {
        if (_context.IsInvalid || NativeMethods.ZSTD_DCtx_setParameter(_context, WindowLogMaxParameter, MaxWindowLog) != 0)
        {
            throw new OutOfMemoryException("libzstd could not get the memory to unpack.");
        }
    }

    public string Format => "zstd";

    public bool IsWhole { get; private set; } = true;

    public unsafe (int Packed, int Unpacked) Unpack(ReadOnlySpan<byte> packed, Span<byte> unpacked)
    {
        fixed (byte* from = packed, to = unpacked)
        {
            var input = new NativeZstdBuffer { Bytes = from, Length = (nuint)packed.Length };
            var output = new NativeZstdBuffer { Bytes = to, Length = (nuint)unpacked.Length };
            var left = NativeMethods.ZSTD_decompressStream(_context, &output, &input);
            var error = NativeMethods.ZSTD_getErrorCode(left);
            if (error != 0)
            {
                throw error == WindowTooLarge ? TooLargeWindow() : PackedData.Damaged(Format);
            }

            // Between two frames the library asks for the next one's header, whether there is one or not.
            IsWhole = input.Position + output.Position > 0 ? left == 0 : IsWhole;
            return ((int)input.Position, (int)output.Position);
        }
    }

    public void Dispose()
    {
        _context.Dispose();
    }

    private static InvalidDataException TooLargeWindow()
    {
        return new InvalidDataException($"The zstd data needs a window of more than {1 << (MaxWindowLog - 20)} MiB in memory. Unpack the file yourself with 'zstd -d --long=31', or pack it with a smaller window.");
    }
}
