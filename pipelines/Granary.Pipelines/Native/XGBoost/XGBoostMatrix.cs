namespace Granary.Pipelines.Native.XGBoost;

/// <summary>Rows of numbers as XGBoost holds them, in single precision.</summary>
internal sealed unsafe class XGBoostMatrix : IDisposable
{
    /// <summary>Copies rows of one length, and a label for each where there are labels.</summary>
    /// <exception cref="XGBoostException">The library is missing, or refuses the rows.</exception>
    public XGBoostMatrix(IReadOnlyList<double[]> rows, IReadOnlyList<double>? labels = null)
    {
        Count = rows.Count;
        var columns = rows[0].Length;
        var values = new float[rows.Count * columns];
        for (var row = 0; row < rows.Count; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                values[(row * columns) + column] = (float)rows[row][column];
            }
        }

        fixed (float* first = values)
        {
            XGBoostException.ThrowIfFailed(NativeMethods.XGDMatrixCreateFromMat(first, (ulong)rows.Count, (ulong)columns, float.NaN, out var matrix));
            Handle = new MatrixHandle(matrix);
        }

        if (labels is not null)
        {
            SetLabels(labels);
        }
    }

    /// <summary>The rows' number.</summary>
    public int Count { get; }

    /// <summary>The handle, for boosters.</summary>
    internal MatrixHandle Handle { get; }

    public void Dispose()
    {
        Handle.Dispose();
    }

    private void SetLabels(IReadOnlyList<double> labels)
    {
        fixed (float* first = labels.Select(label => (float)label).ToArray())
        {
            XGBoostException.ThrowIfFailed(NativeMethods.XGDMatrixSetFloatInfo(Handle, "label", first, (ulong)labels.Count));
        }
    }
}
