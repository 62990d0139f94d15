using Granary.Data.Batching;
using Granary.Models.Language;

namespace Granary.Training.Objectives;

/// <summary>
/// The tokens that stand some positions further on. They are shifted over whole rows before any row is cut for sequence
/// parallelism, so nothing has to be exchanged at the borders of slices; within a row nothing crosses a segment's border.
/// </summary>
internal static class AheadTargets
{
    /// <summary>The target of the head for a distance, 1 being the next token.</summary>
    public static ObjectiveTarget Of(BatchSlice rows, int distance)
    {
        var labels = distance == 1 ? rows.Targets : Ids(rows, distance, TokenBatch.IgnoredTarget);
        return new ObjectiveTarget
        {
            Head = HeadCall.Ahead(distance),
            Labels = labels,
            Denominator = labels.Length - labels.Span.Count(TokenBatch.IgnoredTarget),
        };
    }

    /// <summary>The id a distance on from each position, [B, T]; <paramref name="missing"/> beyond the row's or segment's end, and where the id there is no target.</summary>
    public static ReadOnlyMemory<long> Ids(BatchSlice rows, int distance, long missing)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(distance, 1);
        var targets = rows.Targets.Span;
        var segments = rows.Segments.Span;
        var ids = new long[targets.Length];
        Array.Fill(ids, missing);
        for (var row = 0; row < rows.Rows; row++)
        {
            var end = (row + 1) * rows.Length;
            for (var place = row * rows.Length; place < end - distance + 1; place++)
            {
                var source = place + distance - 1;
                var isOfSegment = segments.IsEmpty || (segments[place] != 0 && segments[place] == segments[source]);
                if (isOfSegment && targets[source] != TokenBatch.IgnoredTarget)
                {
                    ids[place] = targets[source];
                }
            }
        }

        return ids;
    }
}
