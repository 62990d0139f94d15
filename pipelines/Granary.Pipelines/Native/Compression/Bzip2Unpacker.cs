namespace Granary.Pipelines.Native.Compression;

/// <summary>Unpacks bzip2, streams one behind the other.</summary>
internal sealed class Bzip2Unpacker : IUnpacker
{
    private const int Ok = 0; // BZ_OK
    private const int StreamEnd = 4; // BZ_STREAM_END

    private readonly Bzip2StreamHandle _handle = new();

    public string Format => "bzip2";

    public bool IsWhole { get; private set; } = true;

    public unsafe (int Packed, int Unpacked) Unpack(ReadOnlySpan<byte> packed, Span<byte> unpacked)
    {
        if (IsWhole && packed.IsEmpty)
        {
            return (0, 0);
        }

        fixed (byte* from = packed, to = unpacked)
        {
            var stream = _handle.Stream;
            stream->NextIn = from;
            stream->AvailableIn = (uint)packed.Length;
            stream->NextOut = to;
            stream->AvailableOut = (uint)unpacked.Length;
            var status = NativeMethods.BZ2_bzDecompress(stream);
            var done = (packed.Length - (int)stream->AvailableIn, unpacked.Length - (int)stream->AvailableOut);
            IsWhole = status == StreamEnd;
            if (IsWhole)
            {
                _handle.Restart();
            }
            else if (status != Ok)
            {
                throw PackedData.Damaged(Format);
            }

            return done;
        }
    }

    public void Dispose()
    {
        _handle.Dispose();
    }
}
