using Granary.Torch;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>Lloyd's iterations: rows go to their nearest centre, centres to the mean of their rows, until they stay.</summary>
/// <remarks>
/// (1) Assign. Each row keeps a bound on the distance to its centre from above and to all others from below (Hamerly 2010); a
/// row whose bounds do not meet stays where it is unseen, which changes nothing. For all others products with all centres are made,
/// 2 x columns x centres operations a row.
/// (2) Empty clusters take the rows that lie farthest from their centres.
/// (3) Centres whose rows changed become means, summed in the rows' order with twice the precision.
/// </remarks>
internal sealed class LloydIterations
{
    private const int RowsPerBlock = 2_048;
    private const float RoundUp = 1 + 1e-5f; // what a distance's rounding may be, generously

    private readonly RowMatrix _rows;
    private readonly BlockWorkers _workers;
    private readonly float[] _squares;
    private readonly float[] _above; // at least the distance to the row's centre
    private readonly float[] _below; // at most the distance to any other
    private readonly int[] _assignment;
    private readonly int[] _order;   // rows by cluster, and by number within
    private bool _hasBounds;

    public LloydIterations(RowMatrix rows, BlockWorkers workers)
    {
        _rows = rows;
        _workers = workers;
        _squares = new float[rows.Rows];
        _above = new float[rows.Rows];
        _below = new float[rows.Rows];
        _assignment = new int[rows.Rows];
        _order = new int[rows.Rows];
        _workers.RunRange(rows.Rows, RowsPerBlock, (start, end) =>
        {
            for (var row = start; row < end; row++)
            {
                _squares[row] = FloatSpans.Dot(rows[row], rows[row]);
            }
        });
    }

    /// <summary>Rows whose products with all centres were made, in all assignments so far.</summary>
    public long RowsCompared { get; private set; }

    /// <summary>Goes on from some centres until no row changes, the centres' squared moves sum to at most <paramref name="tolerance"/>, or it has made so many iterations.</summary>
    public KMeansResult Run(RowMatrix start, double tolerance, int maxIterations, CancellationToken cancellationToken)
    {
        var centers = new RowMatrix([.. start.Values], start.Columns);
        var moves = new float[centers.Rows];
        _hasBounds = false;
        for (var iteration = 0; ; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var isChanged = Assign(centers, moves);
            var isAny = isChanged.AsSpan().Contains(true);
            if (!isAny || iteration == maxIterations)
            {
                return Result(centers, iteration);
            }

            FillEmpty(centers, isChanged);
            if (Move(centers, isChanged, moves) <= tolerance)
            {
                Assign(centers, moves);
                return Result(centers, iteration + 1);
            }
        }
    }

    // Says of which clusters the rows changed.
    private bool[] Assign(RowMatrix centers, float[] moves)
    {
        var isChanged = new bool[centers.Rows];
        var (largest, second, farthest) = Largest(moves);
        var compared = 0L;
        using var nearest = new Centers(centers);
        _workers.RunRange(_rows.Rows, RowsPerBlock, (start, end) =>
        {
            var open = new List<int>();
            for (var row = start; row < end; row++)
            {
                if (!_hasBounds || !IsSettled(row, centers, moves, _assignment[row] == farthest ? second : largest))
                {
                    open.Add(row);
                }
            }

            foreach (var chunk in open.Chunk(Centers.RowsPerBlock))
            {
                Compare(chunk, nearest, isChanged);
            }

            Interlocked.Add(ref compared, open.Count);
        });
        RowsCompared += compared;
        _hasBounds = true;
        return isChanged;
    }

    private bool IsSettled(int row, RowMatrix centers, float[] moves, float othersMoved)
    {
        var center = _assignment[row];
        _above[row] = (_above[row] + moves[center]) * RoundUp;
        _below[row] = Math.Max(0, (_below[row] - othersMoved) / RoundUp);
        if (_above[row] < _below[row])
        {
            return true;
        }

        _above[row] = MathF.Sqrt(FloatSpans.SquaredDistance(_rows[row], centers[center])) * RoundUp;
        return _above[row] < _below[row];
    }

    private void Compare(int[] rows, Centers centers, bool[] isChanged)
    {
        using var block = Gather(rows);
        centers.FindNearest(block, (at, nearest, least, next) =>
        {
            var row = rows[at];
            var error = centers.ErrorOf(_squares[row]);
            _above[row] = MathF.Sqrt(Math.Max(0, least + _squares[row]) + error);
            _below[row] = MathF.Sqrt(Math.Max(0, next + _squares[row] - error));
            if (!_hasBounds || _assignment[row] != nearest)
            {
                // Several threads may write the same truth.
                isChanged[_assignment[row]] = true;
                isChanged[nearest] = true;
                _assignment[row] = nearest;
            }
        });
    }

    // In libtorch's memory, which is kept for the next block; an array of this size would be collected with all others.
    private Tensor Gather(int[] rows)
    {
        var block = torch.empty([rows.Length, _rows.Columns]);
        var values = block.data<float>();
        for (var i = 0; i < rows.Length; i++)
        {
            _rows[rows[i]].CopyTo(values[(i * _rows.Columns)..]);
        }

        return block;
    }

    private void FillEmpty(RowMatrix centers, bool[] isChanged)
    {
        var counts = new int[centers.Rows];
        foreach (var cluster in _assignment)
        {
            counts[cluster]++;
        }

        if (!counts.Contains(0))
        {
            return;
        }

        // Exact ones: a row that was not looked at for long has a bound far above its distance.
        var squares = SquaresTo(centers);
        for (var empty = 0; empty < counts.Length; empty++)
        {
            if (counts[empty] > 0)
            {
                continue;
            }

            var farthest = -1;
            for (var row = 0; row < _assignment.Length; row++)
            {
                if (counts[_assignment[row]] > 1 && (farthest < 0 || squares[row] > squares[farthest]))
                {
                    farthest = row;
                }
            }

            if (farthest < 0 || squares[farthest] == 0)
            {
                return;
            }

            counts[_assignment[farthest]]--;
            counts[empty]++;
            isChanged[_assignment[farthest]] = isChanged[empty] = true;
            _assignment[farthest] = empty;
            (_above[farthest], _below[farthest], squares[farthest]) = (0, 0, 0);
        }
    }

    // Of each row the squared distance to its centre.
    private float[] SquaresTo(RowMatrix centers)
    {
        var squares = new float[_rows.Rows];
        _workers.RunRange(_rows.Rows, RowsPerBlock, (start, end) =>
        {
            for (var row = start; row < end; row++)
            {
                squares[row] = FloatSpans.SquaredDistance(_rows[row], centers[_assignment[row]]);
            }
        });
        return squares;
    }

    // The sum of the centres' squared moves.
    private double Move(RowMatrix centers, bool[] isChanged, float[] moves)
    {
        var starts = Sort(centers.Rows);
        int[] changed = [.. Enumerable.Range(0, centers.Rows).Where(center => isChanged[center] && starts[center + 1] > starts[center])];
        Array.Clear(moves);
        _workers.RunRange(changed.Length, 8, (start, end) =>
        {
            var (sums, mean) = (new double[centers.Columns], new float[centers.Columns]);
            foreach (var center in changed.AsSpan(start, end - start))
            {
                Array.Clear(sums);
                var rows = _order.AsSpan(starts[center], starts[center + 1] - starts[center]);
                foreach (var row in rows)
                {
                    FloatSpans.Add(sums, _rows[row]);
                }

                for (var i = 0; i < mean.Length; i++)
                {
                    mean[i] = (float)(sums[i] / rows.Length);
                }

                moves[center] = MathF.Sqrt(FloatSpans.SquaredDistance(centers[center], mean)) * RoundUp;
                mean.CopyTo(centers[center]);
            }
        });
        return moves.Sum(move => (double)move * move);
    }

    // Where each cluster's rows begin in _order, which they are put into.
    private int[] Sort(int centers)
    {
        var starts = new int[centers + 1];
        foreach (var cluster in _assignment)
        {
            starts[cluster + 1]++;
        }

        for (var center = 0; center < centers; center++)
        {
            starts[center + 1] += starts[center];
        }

        int[] next = [.. starts];
        for (var row = 0; row < _assignment.Length; row++)
        {
            _order[next[_assignment[row]]++] = row;
        }

        return starts;
    }

    // Clusters without rows are left out.
    private KMeansResult Result(RowMatrix centers, int iterations)
    {
        var starts = Sort(centers.Rows);
        int[] present = [.. Enumerable.Range(0, centers.Rows).Where(center => starts[center + 1] > starts[center])];
        var numbers = new int[centers.Rows];
        for (var i = 0; i < present.Length; i++)
        {
            numbers[present[i]] = i;
        }

        var inertia = SquaresTo(centers).Sum(square => (double)square);
        return new KMeansResult(centers.Select(present), [.. _assignment.Select(cluster => numbers[cluster])], inertia, iterations);
    }

    private static (float Largest, float Second, int Farthest) Largest(float[] moves)
    {
        var (largest, second, farthest) = (0f, 0f, -1);
        for (var center = 0; center < moves.Length; center++)
        {
            if (moves[center] > largest)
            {
                (largest, second, farthest) = (moves[center], largest, center);
            }
            else
            {
                second = Math.Max(second, moves[center]);
            }
        }

        return (largest, second, farthest);
    }
}
