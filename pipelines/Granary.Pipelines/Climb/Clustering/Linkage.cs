namespace Granary.Pipelines.Climb.Clustering;

/// <summary>
/// Agglomeration: the two clusters that are most alike become one, until one is left; of equally alike ones those with the lowest
/// numbers. A merged cluster keeps the lower number.
/// </summary>
/// <remarks>
/// Unlikeness to a merged cluster follows from those to its parts (Lance and Williams 1967), so n clusters take n^2 numbers and
/// about n^2 steps. Heights are distances for two first clusters. <c>ward</c>: sqrt(2 a b / (a + b)) times the distance of the means
/// of a and b first clusters, each counted once, which grows with a and b. <c>average</c>: the mean distance of all pairs of first
/// clusters, one of each side, counted by their weights. <c>centroid</c>: the distance of the means, each first cluster counted
/// by its weight; it may fall from one merge to the next.
/// </remarks>
internal sealed class Linkage
{
    private readonly string _method;
    private readonly double[] _weights;
    private readonly double[][] _squares; // of unlikeness, below the diagonal: _squares[high][low]
    private readonly bool[] _isGone;
    private readonly int[] _nearest;      // of each cluster, that with a lower number it is most like

    private Linkage(RowMatrix centers, double[] weights, string method)
    {
        _method = method;
        _weights = weights;
        _squares = new double[centers.Rows][];
        _isGone = new bool[centers.Rows];
        _nearest = new int[centers.Rows];
        for (var high = 0; high < centers.Rows; high++)
        {
            _squares[high] = new double[high];
            for (var low = 0; low < high; low++)
            {
                _squares[high][low] = SquaredDistance(centers[high], centers[low]);
            }

            FindNearest(high);
        }
    }

    /// <summary>All merges of clusters, in order.</summary>
    /// <param name="centers">The clusters' means.</param>
    /// <param name="documents">What each weighs where the method is not <c>ward</c>.</param>
    /// <param name="method"><c>ward</c>, <c>average</c> or <c>centroid</c>.</param>
    public static IReadOnlyList<ClusterMerge> Merge(RowMatrix centers, IReadOnlyList<long> documents, string method)
    {
        var linkage = new Linkage(centers, [.. documents.Select(count => method == "ward" ? 1.0 : count)], method);
        return [.. Enumerable.Range(1, Math.Max(0, centers.Rows - 1)).Select(_ => linkage.MergeNearest())];
    }

    /// <summary>How many of the merges are made: down to a number of clusters and up to a height, whichever is reached first; 0 sets no bound.</summary>
    public static int Cut(IReadOnlyList<ClusterMerge> merges, int targetK, double threshold)
    {
        var byCount = targetK > 0 ? Math.Max(0, merges.Count + 1 - targetK) : merges.Count;
        var tooHigh = threshold > 0 ? merges.TakeWhile(merge => merge.Height <= threshold).Count() : merges.Count;
        return Math.Min(byCount, tooHigh);
    }

    private static double SquaredDistance(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var sum = 0.0;
        for (var i = 0; i < left.Length; i++)
        {
            sum += ((double)left[i] - right[i]) * ((double)left[i] - right[i]);
        }

        return sum;
    }

    private ClusterMerge MergeNearest()
    {
        var from = -1;
        for (var high = 1; high < _squares.Length; high++)
        {
            if (!_isGone[high] && _nearest[high] >= 0 && (from < 0 || Comes(high, from)))
            {
                from = high;
            }
        }

        var into = _nearest[from];
        var height = Math.Sqrt(Math.Max(0, _squares[from][into]));
        Join(into, from);
        return new ClusterMerge(into, from, height);
    }

    // Whether the pair of one cluster goes before another's.
    private bool Comes(int high, int other)
    {
        var (square, best) = (_squares[high][_nearest[high]], _squares[other][_nearest[other]]);
        return square < best || (square == best && _nearest[high] < _nearest[other]);
    }

    private void Join(int into, int from)
    {
        var between = _squares[from][into];
        _isGone[from] = true;
        for (var other = 0; other < _squares.Length; other++)
        {
            if (!_isGone[other] && other != into)
            {
                At(into, other) = Updated(At(into, other), At(from, other), between, into, from, other);
            }
        }

        _weights[into] += _weights[from];
        FindNearest(into);
        for (var high = into + 1; high < _squares.Length; high++)
        {
            if (_isGone[high])
            {
                continue;
            }

            if (_nearest[high] == from || _nearest[high] == into)
            {
                FindNearest(high);
            }
            else if (Precedes(high, into, _nearest[high]))
            {
                _nearest[high] = into;
            }
        }
    }

    private double Updated(double toInto, double toFrom, double between, int into, int from, int other)
    {
        var (a, b, c) = (_weights[into], _weights[from], _weights[other]);
        return _method switch
        {
            "ward" => (((a + c) * toInto) + ((b + c) * toFrom) - (c * between)) / (a + b + c),
            "average" => Squared(((a * Math.Sqrt(toInto)) + (b * Math.Sqrt(toFrom))) / (a + b)),
            _ => (((a * toInto) + (b * toFrom)) / (a + b)) - (a * b * between / ((a + b) * (a + b))),
        };
    }

    private static double Squared(double value) => value * value;

    private bool Precedes(int high, int candidate, int present)
    {
        return _squares[high][candidate] < _squares[high][present] || (_squares[high][candidate] == _squares[high][present] && candidate < present);
    }

    private void FindNearest(int high)
    {
        _nearest[high] = -1;
        for (var low = 0; low < high; low++)
        {
            if (!_isGone[low] && (_nearest[high] < 0 || _squares[high][low] < _squares[high][_nearest[high]]))
            {
                _nearest[high] = low;
            }
        }
    }

    private ref double At(int one, int other)
    {
        return ref _squares[Math.Max(one, other)][Math.Min(one, other)];
    }
}
