using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Granary.Pipelines.Corpus.NearDuplicates;

/// <summary>The signatures of all documents by their place in the corpus: 16 bits of each hash, which agree by chance once in 65,536.</summary>
internal sealed class SignatureFile : IDisposable
{
    private const int BufferedSignatures = 1024;

    private readonly SafeFileHandle _file;
    private readonly ushort[] _buffer;
    private readonly int _hashes;
    private long _written;
    private int _held;

    internal SignatureFile(string path, int hashes)
    {
        _file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        _hashes = hashes;
        _buffer = new ushort[hashes * BufferedSignatures];
    }

    /// <summary>How many signatures there are.</summary>
    internal long Count => _written + _held;

    internal void Add(ReadOnlySpan<uint> signature)
    {
        var place = _buffer.AsSpan(_held * _hashes, _hashes);
        for (var i = 0; i < place.Length; i++)
        {
            place[i] = (ushort)signature[i];
        }

        _held++;
        if (_held == BufferedSignatures)
        {
            Flush();
        }
    }

    /// <summary>Reads a document's signature.</summary>
    internal void Read(long document, Span<ushort> signature)
    {
        Flush();
        var bytes = MemoryMarshal.AsBytes(signature);
        var read = RandomAccess.Read(_file, bytes, document * bytes.Length);
        if (read != bytes.Length)
        {
            throw new EndOfStreamException($"The file of signatures gives {read} of {bytes.Length} bytes for document {document}.");
        }
    }

    /// <summary>The share of places in which two signatures agree.</summary>
    internal static double Similarity(ReadOnlySpan<ushort> one, ReadOnlySpan<ushort> other)
    {
        var equal = 0;
        for (var i = 0; i < one.Length; i++)
        {
            equal += one[i] == other[i] ? 1 : 0;
        }

        return (double)equal / one.Length;
    }

    public void Dispose()
    {
        _file.Dispose();
    }

    private void Flush()
    {
        if (_held == 0)
        {
            return;
        }

        var bytes = MemoryMarshal.AsBytes(_buffer.AsSpan(0, _held * _hashes));
        RandomAccess.Write(_file, bytes, _written * _hashes * sizeof(ushort));
        _written += _held;
        _held = 0;
    }
}
