using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Granary.Core;
using Granary.Data.Shards;

namespace Granary.Pipelines.Corpus.Splits;

/// <summary>Reads a split's file: any of its parts, from any thread. Every byte it gives was checked.</summary>
internal sealed class TokenSplitReader
{
    private readonly string _path;
    private readonly TokenSplitHeader _header;
    private readonly long[] _parts;

    private TokenSplitReader(string path, TokenSplitHeader header, long[] parts)
    {
        (_path, _header, _parts) = (path, header, parts);
    }

    /// <summary>The parts it has.</summary>
    public int Parts => _parts.Length;

    /// <exception cref="CorpusException">The file is missing, damaged, or not the one that the header is of.</exception>
    public static TokenSplitReader Open(string path, TokenSplitHeader header)
    {
        return Guarded(path, () =>
        {
            using var file = File.OpenRead(path);
            var head = new byte[TokenSplitHeader.Length];
            file.ReadExactly(head);
            if (!head.AsSpan().SequenceEqual(header.ToBytes()))
            {
                throw new InvalidDataException("it is of another corpus, tokenizer or split");
            }

            var footer = new byte[TokenSplitWriter.FooterLength];
            file.Seek(-footer.Length, SeekOrigin.End);
            file.ReadExactly(footer);
            return new TokenSplitReader(path, header, IndexOf(file, footer));
        });
    }

    /// <summary>Hands the batches of a part to the taker, and gives what the part's bytes turned out to be; null where it could not be read to its end.</summary>
    /// <exception cref="CorpusException">The file is damaged.</exception>
    public PartDigest? ReadPart(int part, string file, int source, Action<DocumentBatch> take)
    {
        foreach (var frame in Frames(part))
        {
            using var reader = new BinaryReader(frame);
            if (reader.ReadByte() == TokenSplitWriter.PartFrame)
            {
                var (isWhole, bytes, lines) = (reader.ReadBoolean(), reader.ReadInt64(), reader.ReadInt64());
                return isWhole ? new PartDigest(reader.ReadBytes(32), bytes, lines) : null;
            }

            take(ReadBatch(reader, file, source));
        }

        throw Damaged(_path, "a part has no end");
    }

    private static long[] IndexOf(FileStream file, byte[] footer)
    {
        var (begin, count) = (BinaryPrimitives.ReadInt64LittleEndian(footer), BinaryPrimitives.ReadInt32LittleEndian(footer.AsSpan(8)));
        if (begin < TokenSplitHeader.Length || count < 0 || begin + (long)count * sizeof(long) != file.Length - footer.Length)
        {
            throw new InvalidDataException("its end is damaged");
        }

        var parts = new long[count];
        var bytes = MemoryMarshal.AsBytes(parts.AsSpan());
        file.Seek(begin, SeekOrigin.Begin);
        file.ReadExactly(bytes);
        return Crc32C.Compute(bytes) == BinaryPrimitives.ReadUInt32LittleEndian(footer.AsSpan(12)) ? parts : throw new InvalidDataException("the list of its parts is damaged");
    }

    private static CorpusException Damaged(string path, string how, Exception? inner = null)
    {
        return new CorpusException(path, $"The file of ids cannot be used: {how}. Remove it and run again.", inner: inner);
    }

    // What is wrong with this file must not be taken for a fault of the corpus' own files.
    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw Damaged(path, exception.Message.TrimEnd('.'), exception);
        }
    }

    private IEnumerable<MemoryStream> Frames(int part)
    {
        using var file = Guarded(_path, () => new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan));
        file.Seek(_parts[part], SeekOrigin.Begin);
        while (true)
        {
            yield return Guarded(_path, () => NextFrame(file));
        }
    }

    private static MemoryStream NextFrame(FileStream file)
    {
        Span<byte> head = stackalloc byte[TokenSplitWriter.FrameHead];
        file.ReadExactly(head);
        var length = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (length < 1 || length > file.Length - file.Position)
        {
            throw new InvalidDataException("the length of a piece is damaged");
        }

        var content = new byte[length];
        file.ReadExactly(content);
        return Crc32C.Compute(content) == BinaryPrimitives.ReadUInt32LittleEndian(head[4..])
            ? new MemoryStream(content)
            : throw new InvalidDataException("a piece does not have its checksum");
    }

    private DocumentBatch ReadBatch(BinaryReader reader, string file, int source)
    {
        var batch = new DocumentBatch { FileBytes = reader.ReadInt64(), Replaced = reader.ReadInt64() };
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            var document = ReadDocument(reader, file, source);
            batch.TextBytes += (long)document.Ids.Length * sizeof(int);
            batch.Documents.Add(document);
        }

        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            batch.Dropped.Add(new DroppedPiece(reader.ReadString(), reader.ReadString(), file, reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64()));
        }

        return batch;
    }

    private Document ReadDocument(BinaryReader reader, string file, int source)
    {
        var hash = new UInt128(reader.ReadUInt64(), reader.ReadUInt64());
        return new Document
        {
            Hash = hash,
            Text = default,
            Source = source,
            File = file,
            Id = hash.ToString("x32", CultureInfo.InvariantCulture),
            IsHeldOut = reader.ReadBoolean(),
            Bytes = reader.ReadInt32(),
            Line = reader.ReadInt64(),
            Offset = reader.ReadInt64(),
            Ids = ReadIds(reader, reader.ReadInt32()),
        };
    }

    private int[] ReadIds(BinaryReader reader, int count)
    {
        var ids = new int[count];
        if (_header.IdBytes == sizeof(int))
        {
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(ids.AsSpan()));
            return ids;
        }

        for (var i = 0; i < count; i++)
        {
            ids[i] = reader.ReadUInt16();
        }

        return ids;
    }
}
