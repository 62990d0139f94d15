using Granary.Core;

namespace Granary.Pipelines.Corpus;

/// <summary>Files that are read as a stream of bytes, in parts of one size where the reader can enter in the middle.</summary>
internal sealed class StreamFormat : ISourceFormat
{
    private readonly long _partBytes;
    private readonly Func<IDocumentReader> _createReader;

    public StreamFormat(long partBytes, Func<IDocumentReader> createReader)
    {
        _partBytes = partBytes;
        _createReader = createReader;
    }

    public IReadOnlyList<FilePart> Split(CorpusFile file)
    {
        if (file.Bytes <= _partBytes || Packing.Of(file.Path) is not null || _createReader().LeadBytes is null)
        {
            return [FilePart.Whole(file)];
        }

        var count = checked((int)((file.Bytes + _partBytes - 1) / _partBytes));
        var parts = new FilePart[count];
        for (var i = 0; i < count; i++)
        {
            parts[i] = new FilePart(file, i, count, i * _partBytes, i == count - 1 ? long.MaxValue : (i + 1) * _partBytes);
        }

        return parts;
    }

    public PartDigest Read(FilePart part, DocumentSink sink)
    {
        var reader = _createReader();
        var offset = Math.Max(0, part.Start - (reader.LeadBytes ?? 0));
        using var content = new PartStream(part, offset, sink.CountFileBytes);
        if (Packing.Of(part.File.Path) is { } packing)
        {
            packing.Library?.Require(part.File.Path);
            using var unpacked = packing.Unpack(content);
            reader.Read(unpacked, 0, part, sink);
        }
        else
        {
            reader.Read(content, offset, part, sink);
        }

        var digest = content.Finish();
        if (digest.Bytes != part.Bytes)
        {
            throw new CorpusException(part.File.Path, $"The file has {part.Start + digest.Bytes} bytes, but had {part.File.Bytes} when it was listed: it changed meanwhile. Run again when nobody writes to it.");
        }

        if (part.File.Bytes == 0)
        {
            sink.Drop(DropReason.Empty, string.Empty, 0, 0, 0);
        }

        return digest;
    }
}
