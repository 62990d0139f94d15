using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition.Packing;

/// <summary>Joins shuffled documents to one stream and cuts it at the row length; the remainder at its end is dropped.</summary>
internal sealed class StreamPacker(DocumentShuffle shuffle, PackedRowWriter rows) : IRowPacker
{
    // A full row waits for the id behind it, its last target.
    private readonly PackedRow _row = new(rows.RowLength);

    /// <inheritdoc/>
    public void Add(TokenizedDocument document)
    {
        shuffle.Add(document);
    }

    /// <inheritdoc/>
    public void Finish()
    {
        foreach (var drawn in shuffle.Drain())
        {
            Append(drawn);
        }

        if (_row.Room == 0)
        {
            rows.Write(_row, next: -1);
        }

        rows.Drop(_row);
    }

    private void Append(TokenizedDocument document)
    {
        var ids = document.Ids.Span;
        for (var (start, ordinal) = (0, 0); start < ids.Length; ordinal++)
        {
            if (_row.Room == 0)
            {
                rows.Write(_row, ids[start]);
            }

            var end = Math.Min(ids.Length, start + _row.Room);
            var flags = (start == 0 ? RowFlags.First : 0) | (end - start < ids.Length ? RowFlags.Split : 0);
            _row.Add(ids[start..end], new RowProvenance(document.Hash, document.SourceIndex, start, ordinal, flags), end == ids.Length);
            start = end;
        }
    }
}
