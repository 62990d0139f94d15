using Granary.Core;
using Granary.Core.Progress;
using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Clustering;

namespace Granary.Pipelines.Climb.Embedding;

/// <summary>Embeds all documents of a corpus, part by part; a run that was killed goes on behind its last finished part.</summary>
internal sealed class EmbeddingPass
{
    private readonly EmbeddingConfig _config;
    private readonly IDocumentEmbedder _embedder;
    private readonly QualityScores _quality;
    private readonly ParallelOptions _parallel;

    public EmbeddingPass(EmbeddingConfig config, IDocumentEmbedder embedder, QualityScores quality, ParallelOptions parallel)
    {
        _config = config;
        _embedder = embedder;
        _quality = quality;
        _parallel = parallel;
    }

    /// <summary>Learns from a drawn sample: the same documents in the same order, whatever the order of the corpus.</summary>
    /// <exception cref="CorpusException">There are no documents.</exception>
    public void Fit(MixDocuments documents, RandomKey key, IProgress<ProgressUpdate>? progress)
    {
        // The documents with the least draws, the largest of these at the head of the queue.
        var draws = key.Use("sample");
        var queue = new PriorityQueue<(UInt128 Hash, byte[] Text), ulong>(Comparer<ulong>.Create((left, right) => right.CompareTo(left)));
        foreach (var document in Reported(documents.Read(), "drawing a sample", progress))
        {
            var value = document.Hash.Value;
            var draw = draws.Fold((long)(ulong)(value >> 64)).Fold((long)(ulong)value).UInt64At(0);
            if (queue.Count < _config.FitDocuments || (queue.TryPeek(out _, out var largest) && draw < largest))
            {
                queue.Enqueue((value, TextOf(document).ToArray()), draw);
                _ = queue.Count > _config.FitDocuments ? queue.Dequeue() : default;
            }
        }

        if (queue.Count == 0)
        {
            throw new CorpusException("corpus", "There are no documents to cluster. Give the corpus sources with text.");
        }

        progress?.Report(new ProgressUpdate("learning the embedding", 0, 0, "documents"));
        var sample = queue.UnorderedItems.Select(item => item.Element).DistinctBy(item => item.Hash).OrderBy(item => item.Hash);
        _embedder.Fit([.. sample.Select(item => (ReadOnlyMemory<byte>)item.Text)], key.Use("embedder"), _parallel.CancellationToken);
    }

    /// <summary>Embeds all documents behind those of the finished parts.</summary>
    public void Embed(MixDocuments documents, EmbeddingParts parts, IProgress<ProgressUpdate>? progress)
    {
        var finished = parts.Finished();
        var number = finished.Count;
        var missing = Reported(documents.Read(), "embedding", progress).Skip(finished.Sum());

        // Of long documents the beginnings alone are kept in memory.
        var beginnings = missing.Select(document => (Document: document with { Text = TextOf(document).ToArray() }, Bytes: document.Text.Length));
        foreach (var chunk in beginnings.Chunk(_config.DocumentsPerPart))
        {
            _parallel.CancellationToken.ThrowIfCancellationRequested();
            var rows = new RowMatrix(_embedder.Embed([.. chunk.Select(item => item.Document.Text)], _parallel.CancellationToken), _embedder.Dimensions);
            var embedded = new EmbeddedDocument[chunk.Length];
            Parallel.For(0, chunk.Length, _parallel, i =>
            {
                FloatSpans.Normalise(rows[i]);
                var (document, bytes) = chunk[i];
                embedded[i] = new EmbeddedDocument(document.Hash, document.Source, bytes, _quality.Score(document));
            });
            parts.Write(number++, embedded, rows);
        }
    }

    /// <summary>The beginning of a text that is looked at; no character is cut.</summary>
    public static ReadOnlyMemory<byte> BeginningOf(ReadOnlyMemory<byte> text, int maxBytes)
    {
        if (maxBytes == 0 || text.Length <= maxBytes)
        {
            return text;
        }

        var end = maxBytes;
        while (end > 0 && (text.Span[end] & 0xC0) == 0x80)
        {
            end--;
        }

        return text[..end];
    }

    private ReadOnlyMemory<byte> TextOf(MixDocument document)
    {
        return BeginningOf(document.Text, _config.MaxBytes);
    }

    private IEnumerable<MixDocument> Reported(IEnumerable<MixDocument> documents, string task, IProgress<ProgressUpdate>? progress)
    {
        const int Interval = 1_024;
        var count = 0L;
        foreach (var document in documents)
        {
            if (++count % Interval == 0)
            {
                _parallel.CancellationToken.ThrowIfCancellationRequested();
                progress?.Report(new ProgressUpdate(task, count, 0, "documents"));
            }

            yield return document;
        }
    }
}
