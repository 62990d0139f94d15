using Granary.Torch;

namespace Granary.Distributed.Sequence.Engine;

/// <summary>The sizes of one attention call, and what pieces of it are shaped like. Shape letters: B rows, T positions, H heads, D head dims.</summary>
internal sealed record SequenceShape(SequenceLayout Layout, int Rank, long Batch, int Heads, int KeyHeads, int HeadDim, ScalarType Data)
{
    /// <summary>Positions of a part of a rank.</summary>
    internal long LengthOf(RowSpan rows) => Layout.LengthOf(rows.Owner, rows.Rows);

    /// <summary>Positions of several parts.</summary>
    internal long LengthOf(IEnumerable<RowSpan> rows) => rows.Sum(LengthOf);

    /// <summary>Where a part begins among the rows that a tensor of another part of the same owner has.</summary>
    internal long StartIn(RowPart whole, RowSpan rows)
    {
        return whole == RowPart.Whole && rows.Rows == RowPart.Second ? Layout.LengthOf(rows.Owner, RowPart.First) : 0;
    }

    /// <summary>The heads of a payload that a part of the query heads is about.</summary>
    internal (int First, int End) HeadsOf(Payload payload, HeadPart part)
    {
        return payload.IsOfKeys() ? part.KeysOf(Heads, KeyHeads) : part.Of(Heads);
    }

    /// <summary>The shapes of a parcel's tensors: those with dims first, then the statistics [B, H, T].</summary>
    internal IReadOnlyList<long[]> ShapesOf(Parcel parcel)
    {
        var (first, end) = HeadsOf(parcel.Payload, parcel.Heads);
        var length = Layout.LengthOf(parcel.Owner, parcel.Rows);
        long[] dims = [Batch, length, end - first, HeadDim];
        long[] statistic = [Batch, end - first, length];
        return parcel.Payload switch
        {
            Payload.Queries or Payload.QueryGradients => [dims],
            Payload.KeyValues or Payload.KeyValueGradients => [dims, dims],
            Payload.OutputGradients => [dims, statistic, statistic],
            _ => [dims, statistic],
        };
    }

    /// <summary>Rows and heads of a tensor of a parcel, as a view.</summary>
    internal static Tensor View(Tensor tensor, long start, long length, long firstHead, long heads)
    {
        return tensor.ndim == 4 ? tensor.narrow(1, start, length).narrow(2, firstHead, heads) : tensor.narrow(2, start, length).narrow(1, firstHead, heads);
    }
}
