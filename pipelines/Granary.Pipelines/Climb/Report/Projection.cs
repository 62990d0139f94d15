namespace Granary.Pipelines.Climb.Report;

/// <summary>
/// Mixtures in the plane: the two directions in which the square roots of their weights vary most, so that distances are
/// Hellinger's as nearly as a plane has them.
/// </summary>
internal sealed class Projection
{
    private const int Sweeps = 60;

    private readonly double[] _means;
    private readonly double[][] _axes;

    /// <summary>Finds the directions.</summary>
    /// <param name="mixtures">At least one; all of one length.</param>
    public Projection(IReadOnlyList<IReadOnlyList<double>> mixtures)
    {
        var roots = mixtures.Select(Roots).ToList();
        _means = [.. Enumerable.Range(0, roots[0].Length).Select(column => roots.Average(root => root[column]))];
        var covariance = new double[_means.Length, _means.Length];
        foreach (var root in roots)
        {
            Add(covariance, root, _means);
        }

        var (values, vectors) = Eigen(covariance);
        var order = Enumerable.Range(0, values.Length).OrderByDescending(index => values[index]).Take(2).ToList();
        _axes = [.. order.Select(index => Pointed([.. Enumerable.Range(0, values.Length).Select(row => vectors[row, index])]))];
        var total = values.Sum();
        Shares = [.. order.Select(index => total > 0 ? Math.Max(0, values[index]) / total : 0)];
    }

    /// <summary>The share of all variation that each direction has.</summary>
    public IReadOnlyList<double> Shares { get; }

    /// <summary>The place of a mixture.</summary>
    public (double X, double Y) PlaceOf(IReadOnlyList<double> mixture)
    {
        var root = Roots(mixture);
        return (Along(0), Along(1));

        double Along(int axis) => axis < _axes.Length ? root.Select((value, column) => (value - _means[column]) * _axes[axis][column]).Sum() : 0;
    }

    private static double[] Roots(IReadOnlyList<double> mixture) => [.. mixture.Select(weight => Math.Sqrt(Math.Max(0, weight)))];

    private static void Add(double[,] covariance, double[] root, double[] means)
    {
        for (var row = 0; row < means.Length; row++)
        {
            for (var column = 0; column < means.Length; column++)
            {
                covariance[row, column] += (root[row] - means[row]) * (root[column] - means[column]);
            }
        }
    }

    // A direction and its opposite are the same; the one whose largest part is positive is taken, so that a page does not flip.
    private static double[] Pointed(double[] axis)
    {
        var largest = axis.MaxBy(Math.Abs);
        return largest < 0 ? [.. axis.Select(value => -value)] : axis;
    }

    // Jacobi's rotations: each makes one element beside the diagonal zero, until all are.
    private static (double[] Values, double[,] Vectors) Eigen(double[,] matrix)
    {
        var size = matrix.GetLength(0);
        var vectors = new double[size, size];
        for (var index = 0; index < size; index++)
        {
            vectors[index, index] = 1;
        }

        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            for (var p = 0; p < size; p++)
            {
                for (var q = p + 1; q < size; q++)
                {
                    Rotate(matrix, vectors, p, q);
                }
            }
        }

        return ([.. Enumerable.Range(0, size).Select(index => matrix[index, index])], vectors);
    }

    private static void Rotate(double[,] matrix, double[,] vectors, int p, int q)
    {
        if (Math.Abs(matrix[p, q]) < 1e-300)
        {
            return;
        }

        var theta = (matrix[q, q] - matrix[p, p]) / (2 * matrix[p, q]);
        var tangent = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
        var cosine = 1 / Math.Sqrt((tangent * tangent) + 1);
        var sine = tangent * cosine;
        for (var k = 0; k < matrix.GetLength(0); k++)
        {
            (matrix[k, p], matrix[k, q]) = ((cosine * matrix[k, p]) - (sine * matrix[k, q]), (sine * matrix[k, p]) + (cosine * matrix[k, q]));
            (vectors[k, p], vectors[k, q]) = ((cosine * vectors[k, p]) - (sine * vectors[k, q]), (sine * vectors[k, p]) + (cosine * vectors[k, q]));
        }

        for (var k = 0; k < matrix.GetLength(0); k++)
        {
            (matrix[p, k], matrix[q, k]) = ((cosine * matrix[p, k]) - (sine * matrix[q, k]), (sine * matrix[p, k]) + (cosine * matrix[q, k]));
        }
    }
}
