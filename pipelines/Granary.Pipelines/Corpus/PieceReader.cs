namespace Granary.Pipelines.Corpus;

/// <summary>
/// Cuts a stream at a separator. A piece longer than the limit is passed over without being held, so memory stays
/// below the limit plus one read whatever the file holds.
/// </summary>
internal sealed class PieceReader
{
    private const int ReadBytes = 1 << 16;

    private readonly Stream _stream;
    private readonly int _maxBytes;
    private byte[] _buffer = new byte[2 * ReadBytes];
    private int _start;
    private int _end;
    private readonly long _countedFrom;
    private long _offset; // of _start in the file
    private long _line = 1; // of _start
    private bool _isAtEnd;

    /// <summary>Creates the reader of a stream that begins at <paramref name="offset"/> of a file; lines count from 1 at <paramref name="countedFrom"/>.</summary>
    public PieceReader(Stream stream, int maxBytes, long offset = 0, long countedFrom = 0)
    {
        _stream = stream;
        _maxBytes = maxBytes;
        _offset = offset;
        _countedFrom = countedFrom;
    }

    /// <summary>Where the next piece begins in the file.</summary>
    public long Offset => _offset;

    /// <summary>Goes behind the next separator; false when none ends before <paramref name="end"/>.</summary>
    public bool TrySkip(ReadOnlySpan<byte> separator, long end)
    {
        while (_offset < end)
        {
            var unread = _buffer.AsSpan(_start, _end - _start);
            var found = unread.IndexOf(separator);
            if (found >= 0)
            {
                Skip(found + separator.Length);
                return _offset < end;
            }

            if (_isAtEnd)
            {
                return false;
            }

            Skip(Math.Max(0, unread.Length - (separator.Length - 1)));
            Fill();
        }

        return false;
    }

    /// <summary>
    /// The next piece, without its separator; false at the end. An empty separator takes all that is left. The bytes
    /// stay valid until the next call.
    /// </summary>
    public bool TryRead(ReadOnlySpan<byte> separator, out Piece piece)
    {
        var (begin, line) = (_offset, _line);
        var passedOver = 0L;
        var searched = 0;
        while (true)
        {
            var unread = _buffer.AsSpan(_start, _end - _start);
            var found = separator.IsEmpty ? -1 : unread[searched..].IndexOf(separator);
            if (found >= 0 || _isAtEnd)
            {
                var length = found >= 0 ? searched + found : unread.Length;
                piece = PieceOf(begin, line, passedOver, length);
                Skip(length + (found >= 0 ? separator.Length : 0));
                return found >= 0 || piece.Length > 0;
            }

            // The separator may begin in the last bytes read and end in the next.
            searched = Math.Max(0, unread.Length - Math.Max(0, separator.Length - 1));
            if (passedOver + searched > _maxBytes)
            {
                passedOver += searched;
                Skip(searched);
                searched = 0;
            }

            Fill();
        }
    }

    private Piece PieceOf(long begin, long line, long passedOver, int length)
    {
        var total = passedOver + length;
        return total > _maxBytes
            ? new Piece(ReadOnlyMemory<byte>.Empty, begin, line, total, IsTooLong: true)
            : new Piece(_buffer.AsMemory(_start, length), begin, line, total, IsTooLong: false);
    }

    private void Skip(int count)
    {
        var counted = (int)Math.Clamp(_countedFrom - _offset, 0, count);
        _line += _buffer.AsSpan(_start + counted, count - counted).Count((byte)'\n');
        _start += count;
        _offset += count;
    }

    private void Fill()
    {
        if (_buffer.Length - _end < ReadBytes)
        {
            var held = _end - _start;
            var target = held + ReadBytes <= _buffer.Length ? _buffer : new byte[Math.Max(2 * _buffer.Length, held + ReadBytes)];
            Buffer.BlockCopy(_buffer, _start, target, 0, held);
            (_buffer, _start, _end) = (target, 0, held);
        }

        var read = _stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _isAtEnd = read == 0;
    }
}

/// <summary>What stands between two separators.</summary>
/// <param name="Bytes">The bytes; empty when there are too many.</param>
/// <param name="Offset">Where they begin in the file.</param>
/// <param name="Line">The line they begin in.</param>
/// <param name="Length">How many there are.</param>
/// <param name="IsTooLong">Whether they were passed over.</param>
internal readonly record struct Piece(ReadOnlyMemory<byte> Bytes, long Offset, long Line, long Length, bool IsTooLong);
