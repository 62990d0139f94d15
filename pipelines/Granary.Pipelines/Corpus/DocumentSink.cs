using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Granary.Pipelines.Corpus;

/// <summary>Takes the pieces of a part of a file from a reader, makes them documents and hands these on in batches.</summary>
internal sealed class DocumentSink
{
    private const int BatchBytes = 1 << 19;
    private const int BatchPieces = 1024;

    private readonly CorpusSourceConfig _config;
    private readonly int _source;
    private readonly string _file;
    private readonly Action<DocumentBatch> _deliver;
    private DocumentBatch _batch = new();

    public DocumentSink(CorpusSourceConfig config, int source, string file, Action<DocumentBatch> deliver)
    {
        _config = config;
        _source = source;
        _file = file;
        _deliver = deliver;
    }

    /// <summary>Cancelled when nobody takes what is handed in any more.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Bytes a document may have.</summary>
    public int MaxDocumentBytes => _config.MaxDocumentBytes;

    /// <summary>Takes a document; <paramref name="replaced"/> counts what the format's own decoding had to replace.</summary>
    public void Add(ReadOnlySpan<byte> raw, long line, long offset, string? id = null, int replaced = 0, IReadOnlyDictionary<string, double>? scores = null)
    {
        var text = Utf8Text.Clean(raw, out var invalid);
        invalid += replaced;
        if (invalid > 0 && _config.InvalidText == InvalidTextAction.Skip)
        {
            Drop(DropReason.InvalidText, $"The text has {invalid} places that are not UTF-8, or NUL. Set 'invalid_text' to replace to read it all the same.", line, offset, raw.Length);
            return;
        }

        if (Utf8Text.IsBlank(text))
        {
            Drop(DropReason.Empty, string.Empty, line, offset, raw.Length);
            return;
        }

        var hash = HashOf(text);
        _batch.Replaced += invalid;
        _batch.TextBytes += text.Length;
        _batch.Documents.Add(new Document
        {
            Hash = hash,
            Text = text,
            Source = _source,
            File = _file,
            Line = line,
            Offset = offset,
            Scores = scores,
            Id = id ?? hash.ToString("x32", CultureInfo.InvariantCulture),
            IsHeldOut = _config.HeldOutOneIn > 0 && (ulong)hash % (ulong)_config.HeldOutOneIn == 0,
        });
        DeliverWhenFull();
    }

    /// <summary>Leaves a piece out; where the source says that errors end reading, they do once the piece is taken.</summary>
    public void Drop(string reason, string message, long line, long offset, long bytes, Exception? cause = null)
    {
        _batch.Dropped.Add(new DroppedPiece(reason, message, _file, line, offset, bytes, cause));
        DeliverWhenFull();
    }

    /// <summary>Leaves out a piece that is longer than the source allows.</summary>
    public void DropTooLong(string what, long line, long offset, long bytes)
    {
        Drop(DropReason.TooLong, $"The {what} has {bytes} bytes, more than max_document_bytes ({_config.MaxDocumentBytes}) allows.", line, offset, bytes);
    }

    /// <summary>Counts bytes of the file.</summary>
    public void CountFileBytes(int bytes)
    {
        _batch.FileBytes += bytes;
    }

    /// <summary>Hands on a batch that was made elsewhere, behind all that came before it.</summary>
    public void Add(DocumentBatch batch)
    {
        Deliver();
        _deliver(batch);
    }

    /// <summary>Hands on what is left.</summary>
    public void Deliver()
    {
        _deliver(_batch);
        _batch = new DocumentBatch();
    }

    /// <summary>The first 16 bytes of a text's SHA-256, the first byte highest.</summary>
    internal static UInt128 HashOf(ReadOnlySpan<byte> text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    private void DeliverWhenFull()
    {
        if (_batch.TextBytes >= BatchBytes || _batch.Documents.Count + _batch.Dropped.Count >= BatchPieces)
        {
            Deliver();
        }
    }
}
