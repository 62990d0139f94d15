namespace Granary.Distributed.Sequence;

/// <summary>
/// How the positions of a row lie over ranks: of 2N chunks, as equal as whole positions allow, each rank owns two, its first
/// and second run. Any length does; with fewer positions than chunks some runs are empty.
/// </summary>
/// <param name="Order">Which chunks are whose.</param>
/// <param name="Length">Positions of the row.</param>
/// <param name="Ranks">Ranks N.</param>
public sealed record SequenceLayout(SequenceOrder Order, long Length, int Ranks)
{
    /// <summary>The first position of one of a rank's two runs and the position behind its last.</summary>
    public (long Start, long End) RunOf(int rank, int run)
    {
        var chunk = Order switch
        {
            SequenceOrder.Zigzag when run == 1 => (2 * Ranks) - 1 - rank,
            SequenceOrder.Zigzag => rank,
            _ => (2 * rank) + run,
        };
        return (Length * chunk / (2 * Ranks), Length * (chunk + 1) / (2 * Ranks));
    }

    /// <summary>Positions of a part of a rank.</summary>
    public long LengthOf(int rank, RowPart part)
    {
        return RunsOf(rank, part).Sum(run => run.End - run.Start);
    }

    /// <summary>The runs that a part of a rank is made of.</summary>
    public IReadOnlyList<(long Start, long End)> RunsOf(int rank, RowPart part)
    {
        return part switch
        {
            RowPart.First => [RunOf(rank, 0)],
            RowPart.Second => [RunOf(rank, 1)],
            _ => [RunOf(rank, 0), RunOf(rank, 1)],
        };
    }

    /// <summary>A rank's positions, in the order in which it holds them.</summary>
    public int[] ColumnsOf(int rank)
    {
        return [.. RunsOf(rank, RowPart.Whole).SelectMany(run => Enumerable.Range((int)run.Start, (int)(run.End - run.Start)))];
    }
}
