using Granary.Distributed.Sequence.Blocks;
using Granary.Torch.Kernels;

namespace Granary.Distributed.Sequence.Engine;

/// <summary>Blocks that are computed in one call: all their queries look at all their keys, as far as the law lets them.</summary>
/// <param name="Heads">Which heads.</param>
/// <param name="Queries">Whose queries, one behind the other.</param>
/// <param name="Keys">Whose keys.</param>
internal sealed record BlockGroup(HeadPart Heads, IReadOnlyList<RowSpan> Queries, IReadOnlyList<RowSpan> Keys)
{
    /// <summary>
    /// A step's blocks as groups. Blocks of the same heads become one group where they are all pairs of some queries and some
    /// keys, but for pairs that the order hides; its rows then stand in the order of the row, so that the law stays simple.
    /// </summary>
    internal static IReadOnlyList<BlockGroup> Of(IReadOnlyList<BlockTask> blocks, SequenceLayout layout, AttentionOrder order, long offset)
    {
        bool IsHidden(RowSpan queries, RowSpan keys) =>
            MaskForm.Of(order, offset, Positions(layout, [queries]), Positions(layout, [keys])).Kind == MaskKind.Hidden;

        var groups = new List<BlockGroup>();
        foreach (var heads in blocks.GroupBy(block => block.Heads))
        {
            var seen = heads.Where(block => !IsHidden(new RowSpan(block.QueryOwner, block.Queries), new RowSpan(block.KeyOwner, block.Keys))).ToList();
            if (seen.Count > 1 && Joined(heads.Key, seen, layout, IsHidden) is { } joined)
            {
                groups.Add(joined);
            }
            else
            {
                groups.AddRange(seen.Select(block => new BlockGroup(heads.Key, [new RowSpan(block.QueryOwner, block.Queries)], [new RowSpan(block.KeyOwner, block.Keys)])));
            }
        }

        return groups;
    }

    /// <summary>The positions of rows, in their order.</summary>
    internal static PositionRuns Positions(SequenceLayout layout, IReadOnlyList<RowSpan> rows)
    {
        return new PositionRuns(rows.SelectMany(span => layout.RunsOf(span.Owner, span.Rows)));
    }

    private static BlockGroup? Joined(HeadPart heads, List<BlockTask> blocks, SequenceLayout layout, Func<RowSpan, RowSpan, bool> isHidden)
    {
        var pairs = blocks.SelectMany(block =>
            from query in Halves(block.QueryOwner, block.Queries, layout)
            from key in Halves(block.KeyOwner, block.Keys, layout)
            select (query, key)).ToHashSet();
        var queries = InOrder(pairs.Select(pair => pair.query), layout);
        var keys = InOrder(pairs.Select(pair => pair.key), layout);
        var isProduct = queries.All(query => keys.All(key => pairs.Contains((query, key)) || isHidden(query, key)));
        return isProduct ? new BlockGroup(heads, Whole(queries), Whole(keys)) : null;
    }

    // The runs that a part of the rows is made of, as far as they have positions.
    private static IEnumerable<RowSpan> Halves(int owner, RowPart rows, SequenceLayout layout)
    {
        RowPart[] halves = rows == RowPart.Whole ? [RowPart.First, RowPart.Second] : [rows];
        return halves.Where(half => layout.LengthOf(owner, half) > 0).Select(half => new RowSpan(owner, half));
    }

    private static List<RowSpan> InOrder(IEnumerable<RowSpan> rows, SequenceLayout layout)
    {
        return [.. rows.Distinct().OrderBy(span => layout.RunsOf(span.Owner, span.Rows)[0].Start)];
    }

    // Two halves behind each other are one piece of memory.
    private static List<RowSpan> Whole(List<RowSpan> halves)
    {
        var rows = new List<RowSpan>();
        foreach (var half in halves)
        {
            if (half.Rows == RowPart.Second && rows.Count > 0 && rows[^1] == new RowSpan(half.Owner, RowPart.First))
            {
                rows[^1] = new RowSpan(half.Owner, RowPart.Whole);
            }
            else
            {
                rows.Add(half);
            }
        }

        return rows;
    }
}
