namespace Granary.Data.Batching;

/// <summary>
/// Deals the rows of several groups to steps of equal size so that after every step each group has given what is due
/// by then, rounded down or up: no count is ever a whole row away from its ideal.
/// </summary>
/// <remarks>
/// Row j of a group with t rows in n steps may not come before step floor(j n / t) and must have come after step
/// ceil((j + 1) n / t). The windows of all groups fill the steps exactly, so an order that keeps them exists, and
/// taking the earliest deadline first finds it (ties to the first group). A step costs O(groups log groups); a jump
/// goes on from the nearest counts that are kept.
/// </remarks>
internal sealed class EvenDeal
{
    private const int StepsPerKept = 256;

    private readonly long[] _totals;
    private readonly long _steps;
    private readonly long _rowsPerStep;

    // Counts after every 256th step, as far as anyone has asked; guarded by itself.
    private readonly List<long[]> _kept;

    /// <summary>Deals that many rows of each group to that many steps; the rows must fill the steps.</summary>
    public EvenDeal(IReadOnlyList<long> totals, long steps)
    {
        _totals = [.. totals];
        _steps = steps;
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
        var due = new long[counts.Length];  // what is due in whole rows,
        var rest = new long[counts.Length]; // and the rest of a row, in parts of _steps
        for (var i = 0; i < counts.Length; i++)
        {
            var (whole, remainder) = Int128.DivRem((Int128)_totals[i] * from, _steps);
            (due[i], rest[i]) = ((long)whole, (long)remainder);
        }

        var deadlines = new long[counts.Length];
        for (var step = from; step < to; step++)
        {
            DealStep(counts, due, rest, deadlines);
        }
    }

    private void DealStep(long[] counts, long[] due, long[] rest, long[] deadlines)
    {
        var left = _rowsPerStep;
        var candidates = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            // The ideal moves on by totals / steps; what is due must be there.
            var (whole, remainder) = Math.DivRem(rest[i] + _totals[i], _steps);
            due[i] += whole;
            rest[i] = remainder;
            left -= Math.Max(0, due[i] - counts[i]);
            counts[i] = Math.Max(counts[i], due[i]);
            if (counts[i] == due[i] && remainder > 0)
            {
                // Steps until the next row is due, and the group, in one number that sorts by both.
                var deadline = ((_steps - remainder) + _totals[i] - 1) / _totals[i];
                deadlines[candidates++] = (deadline * counts.Length) + i;
            }
        }

        Array.Sort(deadlines, 0, candidates);
        for (var i = 0; i < left; i++)
        {
            counts[deadlines[i] % counts.Length]++;
        }
    }
}
