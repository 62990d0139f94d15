using System.Security.Cryptography;
using System.Text;

namespace Granary.Pipelines.Corpus;

/// <summary>Writes documents in place of reading them. A document's line is its number, from 1.</summary>
internal sealed class RetrievalFormat : ISourceFormat
{
    private readonly RetrievalSourceConfig _config;
    private readonly long _documentsPerPart;

    public RetrievalFormat(RetrievalSourceConfig config, long documentsPerPart)
    {
        _config = config;
        _documentsPerPart = documentsPerPart;
    }

    public IReadOnlyList<FilePart> Split(CorpusFile file)
    {
        var count = checked((int)((_config.Documents + _documentsPerPart - 1) / _documentsPerPart));
        var partBytes = _documentsPerPart * _config.BytesPerDocument;
        return [.. Enumerable.Range(0, count).Select(i => new FilePart(file, i, count, i * partBytes, i == count - 1 ? long.MaxValue : (i + 1) * partBytes))];
    }

    public PartDigest Read(FilePart part, DocumentSink sink)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var documents = new RetrievalDocuments(_config);
        var (first, count) = (part.Start / _config.BytesPerDocument, part.Bytes / _config.BytesPerDocument);
        for (var i = 0L; i < count; i++)
        {
            var text = Encoding.UTF8.GetBytes(documents.TextOf(first + i));
            hash.AppendData(text);
            sink.CountFileBytes((int)_config.BytesPerDocument);
            sink.Add(text, line: i + 1, offset: -1);
        }

        return new PartDigest(hash.GetHashAndReset(), part.Bytes, Lines: count);
    }
}
