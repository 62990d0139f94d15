using Granary.Core.Randomness;
using Granary.Data.Batching;

namespace Granary.Training.Objectives.Rewriting;

/// <summary>
/// Puts the mask token in the place of max(1, floor(share * n)) of a row's n inputs, never the last of them. Each row draws
/// its own places: the reference code draws one set for a micro-batch, from 51 sets in all.
/// </summary>
internal sealed class MaskRewriter : IRowRewriter
{
    private readonly double _share;
    private readonly int _mask;

    public MaskRewriter(double share, int mask)
    {
        _share = share;
        _mask = mask;
    }

    public BatchSlice Rewrite(BatchSlice rows, RandomKey key)
    {
        if (_share == 0)
        {
            return rows;
        }

        var tokens = rows.Tokens.ToArray();
        for (var row = 0; row < rows.Rows; row++)
        {
            MaskRow(tokens.AsSpan(row * rows.Length, rows.Length), SegmentsOf(rows, row), key.Fold(rows.FirstRow + row));
        }

        return rows with { Tokens = tokens };
    }

    private void MaskRow(Span<long> tokens, ReadOnlySpan<int> segments, RandomKey key)
    {
        var places = new List<int>(tokens.Length);
        for (var place = 0; place < tokens.Length; place++)
        {
            if (segments.IsEmpty || segments[place] != 0)
            {
                places.Add(place);
            }
        }

        // A shuffle that stops when it has drawn enough: places without replacement.
        var count = places.Count < 2 ? 0 : Math.Min(places.Count - 1, Math.Max(1, (int)(places.Count * _share)));
        for (var draw = 0; draw < count; draw++)
        {
            var chosen = draw + (int)key.BelowAt(draw, places.Count - 1 - draw);
            (places[draw], places[chosen]) = (places[chosen], places[draw]);
            tokens[places[draw]] = _mask;
        }
    }

    private static ReadOnlySpan<int> SegmentsOf(BatchSlice rows, int row)
    {
        return rows.Segments.IsEmpty ? [] : rows.Segments.Span.Slice(row * rows.Length, rows.Length);
    }
}
