using System.Security.Cryptography;

namespace Granary.Pipelines.Corpus;

/// <summary>
/// A file from shortly before a part on: a reader sees what leads into the part and may read on behind it, to the end
/// of the last document that begins in it. Only the part's own bytes are hashed and counted.
/// </summary>
internal sealed class PartStream : ForwardStream
{
    private readonly FilePart _part;
    private readonly Action<int> _count;
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _position;
    private long _bytes;
    private long _lines;

    public PartStream(FilePart part, long offset, Action<int> count)
    {
        _part = part;
        _count = count;
        _file = new FileStream(part.File.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        _position = offset;
        if (offset > 0)
        {
            _file.Seek(offset, SeekOrigin.Begin);
        }
    }

    /// <summary>Reads what is left of the part and says what it is.</summary>
    public PartDigest Finish()
    {
        var buffer = new byte[1 << 16];
        while (_position < _part.End && Read(buffer) > 0)
        {
        }

        return new PartDigest(_hash.GetHashAndReset(), _bytes, _lines);
    }

    public override int Read(Span<byte> buffer)
    {
        var read = _file.Read(buffer);
        var begin = (int)Math.Clamp(_part.Start - _position, 0, read);
        var end = (int)Math.Clamp(_part.End - _position, begin, read);
        Count(buffer[begin..end]);
        _position += read;
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            _file.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Count(ReadOnlySpan<byte> own)
    {
        _hash.AppendData(own);
        _bytes += own.Length;
        _lines += own.Count((byte)'\n');
        _count(own.Length);
    }
}
