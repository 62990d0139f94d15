using System.Buffers;
using System.Text;

namespace Granary.Pipelines.Corpus;

/// <summary>Reads plain text: a document a file, a part between separators, or a block between blank lines.</summary>
internal sealed class TextDocumentReader : IDocumentReader
{
    private readonly TextSourceConfig _config;

    private readonly byte[] _separator;

    public TextDocumentReader(TextSourceConfig config)
    {
        _config = config;
        _separator = Encoding.UTF8.GetBytes(config.Separator);
    }

    /// <summary>
    /// A file that is a document cannot be split. Nor can one by a separator whose end is also its beginning: where "\n\n"
    /// stands in a run of line ends depends on where the run begins.
    /// </summary>
    public int? LeadBytes => _config.Split switch
    {
        TextSplit.BlankLine => 1,
        TextSplit.Separator when !OverlapsItself(_separator) => _separator.Length,
        _ => null,
    };

    public void Read(Stream content, long offset, FilePart part, DocumentSink sink)
    {
        var pieces = new PieceReader(content, _config.MaxDocumentBytes, offset, part.Start);
        if (_config.Split == TextSplit.BlankLine)
        {
            ReadBlocks(pieces, part, sink);
            return;
        }

        if (part.Index > 0 && !pieces.TrySkip(_separator, part.End))
        {
            return;
        }

        ReadOnlySpan<byte> separator = _config.Split == TextSplit.File ? [] : _separator;
        while (pieces.Offset < part.End && pieces.TryRead(separator, out var piece))
        {
            if (piece.IsTooLong)
            {
                sink.DropTooLong("document", piece.Line, piece.Offset, piece.Length);
            }
            else
            {
                sink.Add(WithoutMark(piece).Span, piece.Line, piece.Offset);
            }
        }
    }

    /// <summary>Reads the blocks between the first blank line that begins in the part, or the file's beginning, and the first that begins behind the part.</summary>
    private void ReadBlocks(PieceReader pieces, FilePart part, DocumentSink sink)
    {
        if (part.Index > 0 && !TryEnterBlocks(pieces, part))
        {
            return;
        }

        var block = new ArrayBufferWriter<byte>();
        var (blockLine, blockOffset, blockLength) = (0L, 0L, 0L);
        while (pieces.TryRead("\n"u8, out var piece))
        {
            if (IsBlank(piece))
            {
                EndBlock();
                if (piece.Offset >= part.End)
                {
                    return;
                }

                continue;
            }

            (blockLine, blockOffset) = blockLength == 0 ? (piece.Line, piece.Offset) : (blockLine, blockOffset);
            blockLength += piece.Length + 1;
            if (blockLength <= _config.MaxDocumentBytes)
            {
                block.Write(WithoutMark(piece).Span);
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

    private static bool TryEnterBlocks(PieceReader pieces, FilePart part)
    {
        if (!pieces.TrySkip("\n"u8, part.End))
        {
            return false;
        }

        while (pieces.Offset < part.End && pieces.TryRead("\n"u8, out var line))
        {
            if (IsBlank(line))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsBlank(Piece line)
    {
        return !line.IsTooLong && Utf8Text.IsBlank(WithoutMark(line).Span);
    }

    private static bool OverlapsItself(ReadOnlySpan<byte> separator)
    {
        for (var length = 1; length < separator.Length; length++)
        {
            if (separator.EndsWith(separator[..length]))
            {
                return true;
            }
        }

        return false;
    }

    private static ReadOnlyMemory<byte> WithoutMark(Piece piece)
    {
        return piece.Offset == 0 ? Utf8Text.WithoutByteOrderMark(piece.Bytes) : piece.Bytes;
    }
}
