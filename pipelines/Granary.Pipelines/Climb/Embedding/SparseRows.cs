using Granary.Pipelines.Climb.Clustering;

namespace Granary.Pipelines.Climb.Embedding;

/// <summary>A matrix most of whose elements are zero, row by row.</summary>
internal sealed class SparseRows
{
    private readonly long[] _starts;
    private readonly int[] _columns;
    private readonly float[] _values;

    private SparseRows(long[] starts, int[] columns, float[] values, int width)
    {
        _starts = starts;
        _columns = columns;
        _values = values;
        Columns = width;
    }

    public int Rows => _starts.Length - 1;

    public int Columns { get; }

    /// <summary>The matrix of some rows.</summary>
    public static SparseRows Of(IReadOnlyList<SparseRow> rows, int columns)
    {
        var starts = new long[rows.Count + 1];
        for (var row = 0; row < rows.Count; row++)
        {
            starts[row + 1] = starts[row] + rows[row].Columns.Length;
        }

        var (places, values) = (new int[starts[^1]], new float[starts[^1]]);
        for (var row = 0; row < rows.Count; row++)
        {
            rows[row].Columns.CopyTo(places, starts[row]);
            rows[row].Values.CopyTo(values, starts[row]);
        }

        return new SparseRows(starts, places, values, columns);
    }

    /// <summary>Rows and columns exchanged; the elements of a row of it come in the order of this one's rows.</summary>
    public SparseRows Transpose()
    {
        var starts = new long[Columns + 1];
        foreach (var column in _columns)
        {
            starts[column + 1]++;
        }

        for (var column = 0; column < Columns; column++)
        {
            starts[column + 1] += starts[column];
        }

        var (next, rows, values) = ((long[])starts.Clone(), new int[_columns.Length], new float[_columns.Length]);
        for (var row = 0; row < Rows; row++)
        {
            for (var i = _starts[row]; i < _starts[row + 1]; i++)
            {
                var at = next[_columns[i]]++;
                (rows[at], values[at]) = (row, _values[i]);
            }
        }

        return new SparseRows(starts, rows, values, Rows);
    }

    /// <summary>The product with a dense matrix of <see cref="Columns"/> rows. Each row of it is made by one thread, so their number changes nothing.</summary>
    public RowMatrix Multiply(RowMatrix dense, int threads, CancellationToken cancellationToken)
    {
        var product = new RowMatrix(new float[(long)Rows * dense.Columns], dense.Columns);
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        Parallel.For(0, Rows, options, row =>
        {
            var sums = product[row];
            for (var i = _starts[row]; i < _starts[row + 1]; i++)
            {
                FloatSpans.AddScaled(sums, dense[_columns[i]], _values[i]);
            }
        });
        return product;
    }
}
