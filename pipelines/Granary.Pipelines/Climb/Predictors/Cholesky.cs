namespace Granary.Pipelines.Climb.Predictors;

/// <summary>A symmetric, positive definite matrix K of n rows as L·Lᵀ, for solving with it. All loops run along rows, which lie together.</summary>
internal sealed class Cholesky
{
    private readonly int _size;
    private readonly double[] _lower; // row by row; above the diagonal 0

    private Cholesky(int size, double[] lower)
    {
        _size = size;
        _lower = lower;
    }

    /// <summary>log |K|.</summary>
    public double LogDeterminant => 2 * Enumerable.Range(0, _size).Sum(i => Math.Log(_lower[(i * _size) + i]));

    /// <summary>Factors a matrix that lies row by row, of which the lower half is read; null where it is not positive definite. n³/6 multiply-adds.</summary>
    public static Cholesky? TryFactor(ReadOnlySpan<double> matrix, int size)
    {
        var lower = new double[size * size];
        for (var i = 0; i < size; i++)
        {
            var row = lower.AsSpan(i * size, size);
            for (var j = 0; j < i; j++)
            {
                var above = lower.AsSpan(j * size, j);
                row[j] = (matrix[(i * size) + j] - Vectors.Dot(row[..j], above)) / lower[(j * size) + j];
            }

            var square = matrix[(i * size) + i] - Vectors.Dot(row[..i], row[..i]);
            if (!(square > 0))
            {
                return null;
            }

            row[i] = Math.Sqrt(square);
        }

        return new Cholesky(size, lower);
    }

    /// <summary>K⁻¹b. n² multiply-adds.</summary>
    public double[] Solve(ReadOnlySpan<double> right)
    {
        var solution = right.ToArray();
        SolveLower(solution);
        for (var i = _size - 1; i >= 0; i--)
        {
            solution[i] /= _lower[(i * _size) + i];
            Vectors.AddScaled(solution.AsSpan(0, i), -solution[i], _lower.AsSpan(i * _size, i));
        }

        return solution;
    }

    /// <summary>Turns b into L⁻¹b, whose squares sum to bᵀK⁻¹b. n²/2 multiply-adds.</summary>
    public void SolveLower(Span<double> right)
    {
        for (var i = 0; i < _size; i++)
        {
            right[i] = (right[i] - Vectors.Dot(_lower.AsSpan(i * _size, i), right[..i])) / _lower[(i * _size) + i];
        }
    }

    /// <summary>K⁻¹, row by row. n³/3 multiply-adds.</summary>
    public double[] Inverse()
    {
        // Row j holds column j of L⁻¹, which begins at the diagonal.
        var columns = new double[_size * _size];
        for (var j = 0; j < _size; j++)
        {
            var column = columns.AsSpan(j * _size, _size);
            column[j] = 1 / _lower[(j * _size) + j];
            for (var i = j + 1; i < _size; i++)
            {
                column[i] = -Vectors.Dot(_lower.AsSpan((i * _size) + j, i - j), column[j..i]) / _lower[(i * _size) + i];
            }
        }

        var inverse = new double[_size * _size];
        for (var i = 0; i < _size; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var sum = Vectors.Dot(columns.AsSpan((i * _size) + i, _size - i), columns.AsSpan((j * _size) + i, _size - i));
                inverse[(i * _size) + j] = sum;
                inverse[(j * _size) + i] = sum;
            }
        }

        return inverse;
    }
}
