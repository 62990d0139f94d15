using Granary.Pipelines.Climb.Clustering;

namespace Granary.Pipelines.Climb.Embedding;

/// <summary>A corpus that was embedded: what is kept of the documents in memory, their vectors in files.</summary>
internal sealed class EmbeddedCorpus
{
    private readonly EmbeddingParts _parts;
    private readonly int _partCount;

    public EmbeddedCorpus(EmbeddingParts parts, int columns)
    {
        _parts = parts;
        _partCount = parts.Finished().Count;
        Columns = columns;
        Documents = [.. Enumerable.Range(0, _partCount).SelectMany(number => parts.Read(number).Documents)];
        var firsts = Enumerable.Range(0, Documents.Count).DistinctBy(i => Documents[i].Hash);
        Distinct = [.. firsts.OrderBy(i => Documents[i].Hash.Value)];
    }

    /// <summary>All documents, in the corpus' order.</summary>
    public IReadOnlyList<EmbeddedDocument> Documents { get; }

    /// <summary>The documents by hash, of identical ones the first alone: an order that does not depend on the corpus'.</summary>
    public IReadOnlyList<int> Distinct { get; }

    /// <summary>Numbers in a vector.</summary>
    public int Columns { get; }

    /// <summary>The vectors part by part, with the number of the first document of each.</summary>
    public IEnumerable<(int First, RowMatrix Rows)> Parts()
    {
        var first = 0;
        for (var number = 0; number < _partCount; number++)
        {
            var (_, rows) = _parts.Read(number);
            yield return (first, rows);
            first += rows.Rows;
        }
    }

    /// <summary>The vectors of some documents, in their order.</summary>
    public RowMatrix RowsOf(IReadOnlyList<int> documents)
    {
        var places = new Dictionary<int, int>(documents.Count);
        foreach (var (place, document) in documents.Index())
        {
            places.Add(document, place);
        }

        var chosen = new RowMatrix(new float[(long)documents.Count * Columns], Columns);
        foreach (var (first, rows) in Parts())
        {
            for (var row = 0; row < rows.Rows; row++)
            {
                if (places.TryGetValue(first + row, out var place))
                {
                    rows[row].CopyTo(chosen[place]);
                }
            }
        }

        return chosen;
    }
}
