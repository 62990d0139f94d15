namespace Granary.Distributed.Sequence.Blocks;

/// <summary>Positions of a row as runs, one behind the other; empty runs are left out and neighbours joined.</summary>
internal sealed class PositionRuns
{
    private readonly List<(long Start, long End)> _runs = [];

    internal PositionRuns(IEnumerable<(long Start, long End)> runs)
    {
        foreach (var run in runs.Where(run => run.End > run.Start))
        {
            if (_runs.Count > 0 && _runs[^1].End == run.Start)
            {
                _runs[^1] = (_runs[^1].Start, run.End);
            }
            else
            {
                _runs.Add(run);
            }
        }
    }

    /// <summary>The runs, in the order given.</summary>
    internal IReadOnlyList<(long Start, long End)> Runs => _runs;

    /// <summary>Positions in all.</summary>
    internal long Count => _runs.Sum(run => run.End - run.Start);

    /// <summary>The smallest position.</summary>
    internal long First => _runs.Min(run => run.Start);

    /// <summary>The largest position.</summary>
    internal long Last => _runs.Max(run => run.End) - 1;

    /// <summary>Whether every position follows the one before it.</summary>
    internal bool IsOneRun => _runs.Count == 1;

    /// <summary>Whether no position is behind a larger one.</summary>
    internal bool IsAscending => _runs.Zip(_runs.Skip(1)).All(pair => pair.First.End <= pair.Second.Start);

    /// <summary>The positions.</summary>
    internal int[] Positions()
    {
        return [.. _runs.SelectMany(run => Enumerable.Range((int)run.Start, (int)(run.End - run.Start)))];
    }
}
