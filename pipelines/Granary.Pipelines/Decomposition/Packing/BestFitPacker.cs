using System.Runtime.InteropServices;
using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition.Packing;

/// <summary>
/// Cuts documents to the row length and packs what is left of all of them by best fit; rows are filled up with padding.
/// </summary>
internal sealed class BestFitPacker(int paddingId, PackedRowWriter rows) : IRowPacker
{
    private readonly PackedRow _row = new(rows.RowLength);
    private readonly List<int> _lengths = [];
    private readonly List<(RowProvenance Provenance, ReadOnlyMemory<int> Ids)> _pieces = [];

    /// <inheritdoc/>
    public void Add(TokenizedDocument document)
    {
        // (1) Whole rows need no packing.
        var ids = document.Ids;
        var whole = ids.Length - (ids.Length % rows.RowLength);
        for (var start = 0; start < whole; start += rows.RowLength)
        {
            var end = start + rows.RowLength;
            _row.Add(ids.Span[start..end], ProvenanceOf(document, start), end == ids.Length);
            rows.Write(_row, end < ids.Length ? ids.Span[end] : -1);
        }

        // (2) The rest waits; as a copy where it would keep a long document in memory.
        if (whole == ids.Length)
        {
            return;
        }

        _pieces.Add((ProvenanceOf(document, whole), whole == 0 ? ids : ids[whole..].ToArray()));
        _lengths.Add(ids.Length - whole);
    }

    /// <inheritdoc/>
    public void Finish()
    {
        var (firstPieces, nextPieces) = BestFit.Pack(CollectionsMarshal.AsSpan(_lengths), rows.RowLength);
        foreach (var first in firstPieces)
        {
            for (var piece = first; piece >= 0; piece = nextPieces[piece])
            {
                _row.Add(_pieces[piece].Ids.Span, _pieces[piece].Provenance, endsDocument: true);
            }

            rows.Write(_row, next: -1, paddingId);
        }

        _pieces.Clear();
        _lengths.Clear();
    }

    private RowProvenance ProvenanceOf(TokenizedDocument document, int start)
    {
        var flags = (start == 0 ? RowFlags.First : 0) | (document.Ids.Length > rows.RowLength ? RowFlags.Split : 0);
        return new RowProvenance(document.Hash, document.SourceIndex, start, start / rows.RowLength, flags);
    }
}
