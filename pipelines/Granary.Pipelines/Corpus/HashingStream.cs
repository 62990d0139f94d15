using System.Security.Cryptography;

namespace Granary.Pipelines.Corpus;

/// <summary>Hashes a file while it is read from beginning to end.</summary>
internal sealed class HashingStream : ForwardStream
{
    private readonly Stream _inner;
    private readonly Action<int> _count;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public HashingStream(Stream inner, Action<int> count)
    {
        _inner = inner;
        _count = count;
    }

    /// <summary>Bytes read so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Reads what is left and gives the SHA-256 of all, in lower-case hexadecimal.</summary>
    public string Finish()
    {
        var buffer = new byte[1 << 16];
        while (Read(buffer) > 0)
        {
        }

        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    public override int Read(Span<byte> buffer)
    {
        var read = _inner.Read(buffer);
        _hash.AppendData(buffer[..read]);
        BytesRead += read;
        _count(read);
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
