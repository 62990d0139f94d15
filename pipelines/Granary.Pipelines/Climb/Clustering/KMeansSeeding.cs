using Granary.Core.Randomness;
using Granary.Torch;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>
/// The first centres of k-means: greedy k-means++ (Arthur and Vassilvitskii 2007). Each is drawn with a chance proportional to
/// the squared distance to the nearest centre so far, and of 2 + ln k draws the one is taken that lowers the sum of these most.
/// </summary>
internal sealed class KMeansSeeding
{
    private const int RowsPerBlock = 1_024;

    private readonly RowMatrix _rows;
    private readonly BlockWorkers _workers;
    private readonly float[] _squares;
    private readonly float[] _distances; // squared, of each row to the nearest centre so far
    private readonly double[] _sums;     // of the distances up to and with each row
    private readonly List<int> _chosen = [];

    /// <summary>Creates the seeding of rows; all of them are gone over for each centre.</summary>
    public KMeansSeeding(RowMatrix rows, BlockWorkers workers)
    {
        _rows = rows;
        _workers = workers;
        _squares = new float[rows.Rows];
        _distances = new float[rows.Rows];
        _sums = new double[rows.Rows];
        _workers.RunRange(rows.Rows, RowsPerBlock, (start, end) =>
        {
            for (var row = start; row < end; row++)
            {
                _squares[row] = FloatSpans.Dot(rows[row], rows[row]);
                _distances[row] = float.PositiveInfinity;
            }
        });
    }

    /// <summary>The centres' rows: so many, or fewer where all rows are equal to one of them.</summary>
    public int[] Choose(int count, RandomKey key, CancellationToken cancellationToken)
    {
        var trials = 2 + (int)Math.Log(count);
        Take((int)key.BelowAt(0, _rows.Rows));
        for (var center = 1; center < count; center++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var total = SumUp();
            if (total <= 0)
            {
                break;
            }

            var ofCenter = key.Fold(center);
            int[] drawn = [.. Enumerable.Range(0, trials).Select(trial => RowAt(ofCenter.DoubleAt(trial) * total))];
            Take(drawn[Best(drawn)]);
        }

        return [.. _chosen];
    }

    private void Take(int row)
    {
        _chosen.Add(row);
        _workers.RunRange(_rows.Rows, RowsPerBlock, (start, end) =>
        {
            for (var other = start; other < end; other++)
            {
                _distances[other] = Math.Min(_distances[other], FloatSpans.SquaredDistance(_rows[row], _rows[other]));
            }
        });
        _distances[row] = 0;
    }

    private double SumUp()
    {
        var sum = 0.0;
        for (var row = 0; row < _distances.Length; row++)
        {
            _sums[row] = sum += _distances[row];
        }

        return sum;
    }

    // The row that a number below the sum falls to; a row of distance 0 never.
    private int RowAt(double number)
    {
        var index = Array.BinarySearch(_sums, number);
        index = index >= 0 ? index + 1 : ~index;
        while (index < _sums.Length - 1 && _distances[index] == 0)
        {
            index++;
        }

        while (_distances[Math.Min(index, _sums.Length - 1)] == 0)
        {
            index--;
        }

        return Math.Min(index, _sums.Length - 1);
    }

    // The draw that leaves the least sum of distances, the first of equal ones.
    private int Best(int[] drawn)
    {
        var candidates = _rows.Select(drawn);
        var blocks = (_rows.Rows + RowsPerBlock - 1) / RowsPerBlock;
        var sums = new double[blocks * drawn.Length];
        using var transposed = torch.from_array(candidates.Values, drawn.Length, _rows.Columns);
        using var columns = transposed.t();
        using var all = torch.from_array(_rows.Values, _rows.Rows, _rows.Columns);
        _workers.RunRange(_rows.Rows, RowsPerBlock, (start, end) =>
        {
            using var scope = torch.NewDisposeScope();
            var products = all.narrow(0, start, end - start).mm(columns);
            var values = products.data<float>();
            var ofBlock = sums.AsSpan(start / RowsPerBlock * drawn.Length, drawn.Length);
            for (var (row, at) = (start, 0); row < end; row++)
            {
                for (var trial = 0; trial < drawn.Length; trial++, at++)
                {
                    var distance = Math.Max(0, _squares[row] + _squares[drawn[trial]] - (2 * values[at]));
                    ofBlock[trial] += Math.Min(distance, _distances[row]);
                }
            }

            GC.KeepAlive(products);
        });

        double SumOf(int trial) => Enumerable.Range(0, blocks).Sum(block => sums[(block * drawn.Length) + trial]);
        return Enumerable.Range(0, drawn.Length).MinBy(SumOf);
    }
}
