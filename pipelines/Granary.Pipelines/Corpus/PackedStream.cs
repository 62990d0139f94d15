using Granary.Pipelines.Native.Compression;

namespace Granary.Pipelines.Corpus;

/// <summary>Unpacks a stream while it is read, and notices data that is damaged, cut off or grows beyond all measure.</summary>
internal sealed class PackedStream : ForwardStream
{
    private readonly Stream _packed;
    private readonly IUnpacker _unpacker;
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private long _packedBytes;
    private long _unpackedBytes;

    public PackedStream(Stream packed, IUnpacker unpacker)
    {
        _packed = packed;
        _unpacker = unpacker;
    }

    /// <exception cref="InvalidDataException">The data is damaged, cut off or grows beyond all measure.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            var isAtEnd = !TryFill();
            var (packed, unpacked) = _unpacker.Unpack(_buffer.AsSpan(_start, _end - _start), buffer);
            _start += packed;
            _packedBytes += packed;
            _unpackedBytes += unpacked;
            PackedData.RefuseGrowth(_unpacker.Format, _packedBytes, _unpackedBytes);
            if (unpacked > 0)
            {
                return unpacked;
            }

            if (isAtEnd && packed == 0)
            {
                return _unpacker.IsWhole ? 0 : throw PackedData.Damaged(_unpacker.Format);
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _unpacker.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Reads packed bytes when none are left; false when there are no more.</summary>
    private bool TryFill()
    {
        if (_start == _end)
        {
            (_start, _end) = (0, _packed.Read(_buffer));
        }

        return _start < _end;
    }
}
