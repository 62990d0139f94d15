using System.Collections.Concurrent;
using Granary.Data.Shards;

namespace Granary.Pipelines.Corpus.NearDuplicates;

/// <summary>Signs documents on several threads, some at a time, and hands the signatures out in the documents' order.</summary>
internal sealed class DocumentSigner
{
    private const int BatchBytes = 1 << 18;
    private const int BatchDocuments = 256;

    private readonly NearDuplicateConfig _config;
    private readonly int _workers;

    // A hasher works for one thread at a time; there are never more than workers.
    private readonly ConcurrentBag<MinHasher> _hashers = [];

    internal DocumentSigner(NearDuplicateConfig config, int workers)
    {
        _config = config;
        _workers = workers;
    }

    /// <summary>The documents' signatures; the documents are read by the thread that takes these.</summary>
    internal IEnumerable<SignedDocument> Sign(IEnumerable<Document> documents, CancellationToken cancellationToken)
    {
        var options = new OrderedParallelOptions { Workers = _workers, Ahead = 2 * _workers };
        return OrderedParallel.Map(Batches(documents), Sign, options, batch => batch[0].File, cancellationToken: cancellationToken).SelectMany(batch => batch);
    }

    private static IEnumerable<List<Document>> Batches(IEnumerable<Document> documents)
    {
        var (batch, bytes) = (new List<Document>(), 0L);
        foreach (var document in documents)
        {
            batch.Add(document);
            bytes += document.Text.Length;
            if (bytes >= BatchBytes || batch.Count >= BatchDocuments)
            {
                yield return batch;
                (batch, bytes) = (new List<Document>(), 0L);
            }
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }

    private SignedDocument[] Sign(List<Document> batch)
    {
        if (!_hashers.TryTake(out var hasher))
        {
            hasher = new MinHasher(_config);
        }

        var signatures = new uint[batch.Count * hasher.Hashes];
        var signed = new SignedDocument[batch.Count];
        for (var i = 0; i < signed.Length; i++)
        {
            var signature = signatures.AsMemory(i * hasher.Hashes, hasher.Hashes);
            signed[i] = new SignedDocument(batch[i].Source, hasher.Sign(batch[i].Text.Span, signature.Span), signature);
        }

        _hashers.Add(hasher);
        return signed;
    }
}
