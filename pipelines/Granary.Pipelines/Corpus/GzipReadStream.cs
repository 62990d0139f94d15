using System.IO.Compression;
using Granary.Pipelines.Native.Compression;

namespace Granary.Pipelines.Corpus;

/// <summary>
/// Unpacks gzip and notices when the data is cut off, which <see cref="GZipStream"/> takes for its end. A member with
/// known content is fed in behind the file's own: it comes out last if, and only if, the file's members were whole.
/// What comes out from there on is given to nobody before that is known.
/// </summary>
internal sealed class GzipReadStream : ForwardStream
{
    private const string Format = "gzip";

    private static readonly byte[] Ending = "\u0001granary: whole\u0002"u8.ToArray();
    private static readonly byte[] EndingMember = Pack(Ending);

    private readonly EndedStream _packed;
    private readonly GZipStream _unpacked;
    private readonly byte[] _buffer = new byte[1 << 17];
    private int _start;
    private int _sound; // end of what the file's own bytes gave
    private int _end;
    private long _total;
    private bool _isAtEnd;

    public GzipReadStream(Stream packed)
    {
        _packed = new EndedStream(packed, EndingMember);
        _unpacked = new GZipStream(_packed, CompressionMode.Decompress);
    }

    /// <exception cref="InvalidDataException">The data is damaged, cut off or grows beyond all measure.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (_start == _sound && !_isAtEnd)
        {
            Fill();
        }

        var length = Math.Min(buffer.Length, _sound - _start);
        _buffer.AsSpan(_start, length).CopyTo(buffer);
        _start += length;
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _unpacked.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Fill()
    {
        // The ending cannot grow to more than this, so no sound file fills the buffer.
        var held = _end - _start;
        _buffer.AsSpan(_start, held).CopyTo(_buffer);
        if (held == _buffer.Length)
        {
            throw PackedData.Damaged(Format);
        }

        var read = Unpack(held);
        (_start, _end) = (0, held + read);
        _total += read;
        _isAtEnd = read == 0;
        _sound = !_packed.IsInEnding ? _end : _isAtEnd ? _end - Ending.Length : 0;
        if (_isAtEnd && !_buffer.AsSpan(0, _end).EndsWith(Ending))
        {
            throw PackedData.Damaged(Format);
        }

        PackedData.RefuseGrowth(Format, _packed.BytesRead, _total);
    }

    private int Unpack(int offset)
    {
        try
        {
            // Half the buffer stays free for the ending, which may come with the last of the file's own bytes.
            return _unpacked.Read(_buffer, offset, _packed.IsInEnding ? _buffer.Length - offset : _buffer.Length / 2);
        }
        catch (InvalidDataException exception)
        {
            throw PackedData.Damaged(Format, exception);
        }
    }

    private static byte[] Pack(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return packed.ToArray();
    }

    /// <summary>A stream with some bytes behind its end.</summary>
    private sealed class EndedStream : ForwardStream
    {
        private readonly Stream _inner;
        private readonly MemoryStream _ending;

        public EndedStream(Stream inner, byte[] ending)
        {
            _inner = inner;
            _ending = new MemoryStream(ending, writable: false);
        }

        public long BytesRead { get; private set; }

        public bool IsInEnding { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            var read = _inner.Read(buffer);
            IsInEnding |= read == 0;
            read = read > 0 ? read : _ending.Read(buffer);
            BytesRead += read;
            return read;
        }
    }
}
