using System.Text;
using Granary.Pipelines.Climb.Embedding;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>Chooses the documents by which a person gets to know clusters, and reads them.</summary>
internal sealed class ClusterSamples
{
    private const int SamplesOfACluster = 3;
    private const int CharactersOfASample = 200;
    private const int DocumentsToCount = 400; // of a cluster, for its words
    private const int TypicalWords = 12;

    private readonly int[] _clusters; // of each document
    private readonly EmbeddedCorpus _corpus;
    private readonly int _count;

    public ClusterSamples(EmbeddedCorpus corpus, int[] clusters, int count)
    {
        _corpus = corpus;
        _clusters = clusters;
        _count = count;
    }

    /// <summary>The typical words of each cluster, and the beginnings of the documents nearest to its mean.</summary>
    public IReadOnlyList<(IReadOnlyList<string> Words, IReadOnlyList<string> Beginnings)> Read(MixDocuments documents, int maxBytes, CancellationToken cancellationToken)
    {
        var counted = Counted();
        var nearest = Nearest(Means());
        var beginnings = nearest.SelectMany(ofCluster => ofCluster).Distinct().ToDictionary(document => document, _ => string.Empty);
        var words = new ClusterWords(_count);
        foreach (var (i, document) in documents.Read().Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var text = EmbeddingPass.BeginningOf(document.Text, maxBytes);
            if (counted.Contains(i))
            {
                words.Add(_clusters[i], text.Span);
            }

            if (beginnings.ContainsKey(i))
            {
                beginnings[i] = BeginningOf(text.Span);
            }
        }

        return [.. nearest.Select((ofCluster, cluster) => (words.MostTypical(cluster, TypicalWords), (IReadOnlyList<string>)[.. ofCluster.Select(document => beginnings[document])]))];
    }

    // The first of each cluster by hash: a fair draw that does not depend on the corpus' order.
    private HashSet<int> Counted()
    {
        var taken = new int[_count];
        return [.. _corpus.Distinct.Where(document => _clusters[document] >= 0 && taken[_clusters[document]]++ < DocumentsToCount)];
    }

    private RowMatrix Means()
    {
        var (sums, counts) = (new double[_count][], new long[_count]);
        foreach (var (document, row) in Rows())
        {
            var sum = sums[_clusters[document]] ??= new double[_corpus.Columns];
            FloatSpans.Add(sum, row.Span);
            counts[_clusters[document]]++;
        }

        return new RowMatrix([.. sums.SelectMany((sum, cluster) => sum.Select(value => (float)(value / counts[cluster])))], _corpus.Columns);
    }

    private IReadOnlyList<IReadOnlyList<int>> Nearest(RowMatrix means)
    {
        var nearest = Enumerable.Range(0, _count).Select(_ => new SortedSet<(float Distance, UInt128 Hash, int Document)>()).ToArray();
        foreach (var (document, row) in Rows())
        {
            var ofCluster = nearest[_clusters[document]];
            ofCluster.Add((FloatSpans.SquaredDistance(means[_clusters[document]], row.Span), _corpus.Documents[document].Hash.Value, document));
            if (ofCluster.Count > SamplesOfACluster)
            {
                ofCluster.Remove(ofCluster.Max);
            }
        }

        return [.. nearest.Select(ofCluster => (IReadOnlyList<int>)[.. ofCluster.Select(item => item.Document)])];
    }

    // Distinct documents that were not left out.
    private IEnumerable<(int Document, ReadOnlyMemory<float> Row)> Rows()
    {
        var distinct = _corpus.Distinct.ToHashSet();
        foreach (var (first, rows) in _corpus.Parts())
        {
            for (var row = 0; row < rows.Rows; row++)
            {
                if (_clusters[first + row] >= 0 && distinct.Contains(first + row))
                {
                    yield return (first + row, rows.Values.AsMemory(row * rows.Columns, rows.Columns));
                }
            }
        }
    }

    private static string BeginningOf(ReadOnlySpan<byte> utf8)
    {
        var words = Encoding.UTF8.GetString(utf8).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var text = string.Join(' ', words);
        if (text.Length <= CharactersOfASample)
        {
            return text;
        }

        var end = char.IsHighSurrogate(text[CharactersOfASample - 1]) ? CharactersOfASample - 1 : CharactersOfASample;
        return text[..end] + "…";
    }
}
