using System.Buffers;
using System.Text;

namespace Granary.Pipelines.Corpus;

/// <summary>Reads plain text: a document a file, a part between separators, or a block between blank lines.</summary>
internal sealed class TextDocumentReader : IDocumentReader
{
    private readonly TextSourceConfig _config;

    public TextDocumentReader(TextSourceConfig config)
    {
        _config = config;
    }

    public void Read(Stream content, DocumentSink sink)
    {
        var pieces = new PieceReader(content, _config.MaxDocumentBytes);
        if (_config.Split == TextSplit.BlankLine)
        {
            ReadBlocks(pieces, sink);
            return;
        }

        var separator = _config.Split == TextSplit.File ? [] : Encoding.UTF8.GetBytes(_config.Separator);
        var separatorLines = separator.AsSpan().Count((byte)'\n');
        var line = 1L;
        while (pieces.TryRead(separator, out var piece))
        {
            if (piece.IsTooLong)
            {
                sink.DropTooLong("document", line, piece.Offset, piece.Length);
                line = 0; // lines that were passed over were not counted
                continue;
            }

            sink.Add(WithoutMark(piece).Span, line, piece.Offset);
            line = line == 0 ? 0 : line + piece.Bytes.Span.Count((byte)'\n') + separatorLines;
        }
    }

    private void ReadBlocks(PieceReader pieces, DocumentSink sink)
    {
        var block = new ArrayBufferWriter<byte>();
        var (line, blockLine, blockOffset, blockLength) = (0L, 0L, 0L, 0L);
        while (pieces.TryRead("\n"u8, out var piece))
        {
            line++;
            var bytes = WithoutMark(piece);
            if (!piece.IsTooLong && Utf8Text.IsBlank(bytes.Span))
            {
                EndBlock();
                continue;
            }

            (blockLine, blockOffset) = blockLength == 0 ? (line, piece.Offset) : (blockLine, blockOffset);
            blockLength += piece.Length + 1;
            if (blockLength <= _config.MaxDocumentBytes)
            {
                block.Write(bytes.Span);
                block.Write("\n"u8);
            }
        }

        EndBlock();

        void EndBlock()
        {
            if (blockLength > _config.MaxDocumentBytes)
            {
                sink.DropTooLong("document", blockLine, blockOffset, blockLength);
            }
            else if (blockLength > 0)
            {
                sink.Add(block.WrittenSpan, blockLine, blockOffset);
            }

            block.ResetWrittenCount();
            blockLength = 0;
        }
    }

    private static ReadOnlyMemory<byte> WithoutMark(Piece piece)
    {
        return piece.Offset == 0 ? Utf8Text.WithoutByteOrderMark(piece.Bytes) : piece.Bytes;
    }
}
