namespace Granary.Data.Batching;

/// <summary>
/// Deals the rows of several groups to steps of equal size so that after every step each group has given what is due
/// by then, rounded down or up: no count is ever a whole row away from its ideal.
/// </summary>
/// <remarks>
/// Row j of a group with t rows in n steps may not come before step floor(j n / t) and must have come after step
/// ceil((j + 1) n / t). The windows of all groups fill the steps exactly, so an order that keeps them exists, and
/// taking the earliest deadline first finds it (ties to the first group). A step costs O(groups log groups); a jump
/// makes up for the steps behind the nearest counts that are kept, once for each deal.
/// </remarks>
internal sealed class EvenDeal
{
    private const int StepsPerKept = 64;

    private readonly long[] _totals;
    private readonly long[] _wholeRows; // that fall due in each step,
    private readonly long[] _restRows;  // and the rest of a row, in parts of _steps
    private readonly long _steps;
    private readonly long _rowsPerStep;

    // Counts after every 64th step, as far as anyone has asked; guarded by itself.
    private readonly List<long[]> _kept;

    /// <summary>Deals that many rows of each group to that many steps; the rows must fill the steps.</summary>
    public EvenDeal(IReadOnlyList<long> totals, long steps)
    {
        _totals = [.. totals];
        _steps = steps;
        _wholeRows = Array.ConvertAll(_totals, total => total / steps);
        _restRows = Array.ConvertAll(_totals, total => total % steps);
        _rowsPerStep = _totals.Sum() / steps;
        _kept = [new long[_totals.Length]];
    }

    /// <summary>Rows each group has given before a step, and after it.</summary>
    public (long[] Before, long[] After) Around(long step)
    {
        var before = (long[])Kept((int)(step / StepsPerKept)).Clone();
        Advance(before, step - (step % StepsPerKept), step);
        var after = (long[])before.Clone();
        Advance(after, step, step + 1);
        return (before, after);
    }

    private long[] Kept(int index)
    {
        lock (_kept)
        {
            while (_kept.Count <= index)
            {
                var counts = (long[])_kept[^1].Clone();
                var step = (long)(_kept.Count - 1) * StepsPerKept;
                Advance(counts, step, step + StepsPerKept);
                _kept.Add(counts);
            }

            return _kept[index];
        }
    }

    private void Advance(long[] counts, long from, long to)
    {
        var due = new long[counts.Length];
        var rest = new long[counts.Length];
        for (var i = 0; i < counts.Length; i++)
        {
            var (whole, remainder) = Int128.DivRem((Int128)_totals[i] * from, _steps);
            (due[i], rest[i]) = ((long)whole, (long)remainder);
        }

        // The step by which a group's next row is due; 0 until it is worked out.
        var deadlines = new long[counts.Length];
        var candidates = new long[counts.Length];
        for (var step = from; step < to; step++)
        {
            var count = MoveOn(step, counts, due, rest, deadlines, candidates);
            var left = _rowsPerStep - counts.Sum() + (step * _rowsPerStep);
            Array.Sort(candidates, 0, left == 0 ? 0 : count);
            for (var i = 0; i < left; i++)
            {
                var group = candidates[i] % counts.Length;
                counts[group]++;
                deadlines[group] = 0;
            }
        }
    }

    // Gives what falls due in a step, and lists the groups that may give one row more: deadline and group in one number.
    private int MoveOn(long step, long[] counts, long[] due, long[] rest, long[] deadlines, long[] candidates)
    {
        var count = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            due[i] += _wholeRows[i];
            rest[i] += _restRows[i];
            if (rest[i] >= _steps)
            {
                rest[i] -= _steps;
                due[i]++;
            }

            if (counts[i] < due[i])
            {
                counts[i] = due[i];
                deadlines[i] = 0;
            }

            if (counts[i] == due[i] && rest[i] > 0)
            {
                if (deadlines[i] == 0)
                {
                    deadlines[i] = step + (_wholeRows[i] > 0 ? 1 : (_steps - rest[i] + _totals[i] - 1) / _totals[i]);
                }

                candidates[count++] = (deadlines[i] * counts.Length) + i;
            }
        }

        return count;
    }
}
