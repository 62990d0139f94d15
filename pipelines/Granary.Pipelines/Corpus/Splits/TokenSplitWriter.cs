using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Granary.Data.Shards;

namespace Granary.Pipelines.Corpus.Splits;

/// <summary>Writes a split's documents as ids, part by part. The format is in this folder's README.</summary>
internal sealed class TokenSplitWriter : IDisposable
{
    /// <summary>What a frame holds: some documents, or what a part's bytes turned out to be.</summary>
    internal const byte BatchFrame = 1;

    /// <summary>The last frame of a part.</summary>
    internal const byte PartFrame = 2;

    /// <summary>Bytes before a frame's content: its length and its checksum.</summary>
    internal const int FrameHead = 8;

    /// <summary>Bytes at the file's end: where the index is, how many parts it has, its checksum.</summary>
    internal const int FooterLength = 16;

    private readonly Stream _output;
    private readonly int _idBytes;
    private readonly MemoryStream _content = new();
    private readonly BinaryWriter _writer;
    private readonly List<long> _parts = [];
    private long _position;
    private bool _isInPart;

    public TokenSplitWriter(Stream output, TokenSplitHeader header)
    {
        (_output, _idBytes) = (output, header.IdBytes);
        _writer = new BinaryWriter(_content);
        Write(header.ToBytes());
    }

    /// <summary>Adds a batch to the part that is written; documents that are held out get no ids.</summary>
    public void Add(DocumentBatch batch, Func<ReadOnlyMemory<byte>, int[]> encode)
    {
        BeginFrame(BatchFrame);
        _writer.Write(batch.FileBytes);
        _writer.Write(batch.Replaced);
        _writer.Write(batch.Documents.Count);
        foreach (var document in batch.Documents)
        {
            Write(document, document.IsHeldOut ? [] : encode(document.Text));
        }

        _writer.Write(batch.Dropped.Count);
        foreach (var piece in batch.Dropped)
        {
            _writer.Write(piece.Reason);
            _writer.Write(piece.Message);
            _writer.Write(piece.Line);
            _writer.Write(piece.Offset);
            _writer.Write(piece.Bytes);
        }

        EndFrame();
    }

    /// <summary>Ends a part; null where it could not be read to its end.</summary>
    public void EndPart(PartDigest? digest)
    {
        BeginFrame(PartFrame);
        _writer.Write(digest is not null);
        _writer.Write(digest?.Bytes ?? 0);
        _writer.Write(digest?.Lines ?? 0);
        _writer.Write(digest?.Sha256 ?? []);
        EndFrame();
        _isInPart = false;
    }

    /// <summary>Writes where the parts are.</summary>
    public void Finish()
    {
        var begin = _position;
        var index = MemoryMarshal.AsBytes<long>(CollectionsMarshal.AsSpan(_parts));
        var footer = new byte[FooterLength];
        BinaryPrimitives.WriteInt64LittleEndian(footer, begin);
        BinaryPrimitives.WriteInt32LittleEndian(footer.AsSpan(8), _parts.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(footer.AsSpan(12), Crc32C.Compute(index));
        Write(index);
        Write(footer);
    }

    public void Dispose()
    {
        _writer.Dispose();
        _content.Dispose();
    }

    private void BeginFrame(byte kind)
    {
        if (!_isInPart)
        {
            _parts.Add(_position);
            _isInPart = true;
        }

        _content.SetLength(0);
        _writer.Write(kind);
    }

    private void EndFrame()
    {
        _writer.Flush();
        var content = _content.GetBuffer().AsSpan(0, (int)_content.Length);
        Span<byte> head = stackalloc byte[FrameHead];
        BinaryPrimitives.WriteInt32LittleEndian(head, content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], Crc32C.Compute(content));
        Write(head);
        Write(content);
    }

    private void Write(Document document, int[] ids)
    {
        _writer.Write((ulong)(document.Hash >> 64));
        _writer.Write((ulong)document.Hash);
        _writer.Write(document.IsHeldOut);
        _writer.Write(document.Bytes);
        _writer.Write(document.Line);
        _writer.Write(document.Offset);
        _writer.Write(ids.Length);
        if (_idBytes == sizeof(int))
        {
            _writer.Write(MemoryMarshal.AsBytes<int>(ids));
            return;
        }

        foreach (var id in ids)
        {
            _writer.Write(checked((ushort)id));
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _output.Write(bytes);
        _position += bytes.Length;
    }
}
