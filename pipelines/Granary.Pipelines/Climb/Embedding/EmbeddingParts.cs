using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Granary.Core;
using Granary.Core.Files;
using Granary.Data.Shards;
using Granary.Pipelines.Climb.Clustering;

namespace Granary.Pipelines.Climb.Embedding;

/// <summary>
/// The embeddings of a corpus, in files of a fixed number of documents. A file appears whole, in the order of the documents, and
/// names the build it belongs to: so the files themselves say where a killed build goes on. README.md beside this file describes them.
/// </summary>
internal sealed class EmbeddingParts
{
    private const int Version = 1;
    private const int BuildBytes = 32;
    private const int HeaderBytes = 24 + BuildBytes;
    private const int DocumentBytes = DocumentHash.Length + sizeof(int) + sizeof(int);

    private readonly string _folder;
    private readonly byte[] _build;
    private readonly int _columns;
    private readonly int _scores;

    /// <param name="folder">Where the files lie.</param>
    /// <param name="build">SHA-256 of everything that decides their bytes, in hexadecimal.</param>
    /// <param name="columns">Numbers in a vector.</param>
    /// <param name="scores">Scores of a document.</param>
    public EmbeddingParts(string folder, string build, int columns, int scores)
    {
        _folder = folder;
        _build = Convert.FromHexString(build);
        _columns = columns;
        _scores = scores;
    }

    private static ReadOnlySpan<byte> Magic => "GRNEMBED"u8;

    /// <summary>The documents of each finished file, in their order; files of another build are removed.</summary>
    public IReadOnlyList<int> Finished()
    {
        Directory.CreateDirectory(_folder);
        var counts = new List<int>();
        while (TryReadCount(counts.Count, out var count))
        {
            counts.Add(count);
        }

        foreach (var file in Directory.EnumerateFiles(_folder).Where(file => !Enumerable.Range(0, counts.Count).Any(number => PathOf(number) == file)))
        {
            File.Delete(file);
        }

        return counts;
    }

    /// <summary>Publishes a file.</summary>
    public void Write(int number, IReadOnlyList<EmbeddedDocument> documents, RowMatrix rows)
    {
        var bytes = new byte[HeaderBytes + (documents.Count * (DocumentBytes + (_scores * sizeof(float))))];
        WriteHeader(bytes, documents.Count);
        var at = HeaderBytes;
        foreach (var document in documents)
        {
            document.Hash.Write(bytes.AsSpan(at));
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + DocumentHash.Length), document.Source);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + DocumentHash.Length + sizeof(int)), document.Bytes);
            MemoryMarshal.AsBytes(document.Scores.Span).CopyTo(bytes.AsSpan(at + DocumentBytes));
            at += DocumentBytes + (_scores * sizeof(float));
        }

        AtomicFile.Write(PathOf(number), stream =>
        {
            var vectors = MemoryMarshal.AsBytes(rows.Values.AsSpan());
            var checksum = new byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32LittleEndian(checksum, Crc32C.Append(Crc32C.Compute(bytes), vectors));
            stream.Write(bytes);
            stream.Write(vectors);
            stream.Write(checksum);
        });
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="CorpusException">It is damaged.</exception>
    public (IReadOnlyList<EmbeddedDocument> Documents, RowMatrix Rows) Read(int number)
    {
        var path = PathOf(number);
        var bytes = File.ReadAllBytes(path);
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(16));
        var vectors = HeaderBytes + (count * (DocumentBytes + (_scores * sizeof(float))));
        if (Crc32C.Compute(bytes.AsSpan(..^sizeof(uint))) != BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(bytes.Length - sizeof(uint))))
        {
            throw new CorpusException(path, "The embeddings are damaged: their checksum is another. Remove the file and run again.");
        }

        var documents = new EmbeddedDocument[count];
        for (var (i, at) = (0, HeaderBytes); i < count; i++, at += DocumentBytes + (_scores * sizeof(float)))
        {
            documents[i] = new EmbeddedDocument(
                DocumentHash.Read(bytes.AsSpan(at)),
                BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + DocumentHash.Length)),
                BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + DocumentHash.Length + sizeof(int))),
                MemoryMarshal.Cast<byte, float>(bytes.AsSpan(at + DocumentBytes, _scores * sizeof(float))).ToArray());
        }

        return (documents, new RowMatrix(MemoryMarshal.Cast<byte, float>(bytes.AsSpan(vectors..^sizeof(uint))).ToArray(), _columns));
    }

    private string PathOf(int number)
    {
        return Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"part-{number:000000}.bin"));
    }

    private bool TryReadCount(int number, out int count)
    {
        count = 0;
        if (new FileInfo(PathOf(number)) is not { Exists: true } file || file.Length < HeaderBytes)
        {
            return false;
        }

        var (present, expected) = (new byte[HeaderBytes], new byte[HeaderBytes]);
        using (var stream = file.OpenRead())
        {
            stream.ReadExactly(present);
        }

        count = BinaryPrimitives.ReadInt32LittleEndian(present.AsSpan(16));
        WriteHeader(expected, count);
        return present.AsSpan().SequenceEqual(expected)
            && file.Length == HeaderBytes + (count * (DocumentBytes + (sizeof(float) * ((long)_scores + _columns)))) + sizeof(uint);
    }

    private void WriteHeader(Span<byte> header, int documents)
    {
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], _columns);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], documents);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], _scores);
        _build.CopyTo(header[24..]);
    }
}
