using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Clustering;
using Granary.Torch;
using Granary.Torch.Operators;

namespace Granary.Pipelines.Climb.Embedding;

/// <summary>The largest singular values of a sparse matrix with their right vectors, by random projection (Halko, Martinsson and Tropp, arXiv 0909.4061).</summary>
/// <remarks>
/// (1) Project the rows to k + p random directions, A W. (2) Sharpen: an orthonormal base of that, then of A' times it, then of A
/// times that, q times. (3) B = Q' A holds the large singular values; those of the small matrix B B' are found exactly, and V = B' U / s.
/// Costs 2 q + 2 products with A.
/// </remarks>
internal sealed class RandomisedSvd
{
    private static readonly Operator Qr = Operator.Find("aten::linalg_qr");
    private static readonly Operator Eigh = Operator.Find("aten::linalg_eigh");

    private readonly SparseRows _matrix;
    private readonly SparseRows _transposed;
    private readonly int _threads;

    public RandomisedSvd(SparseRows matrix, int threads)
    {
        _matrix = matrix;
        _transposed = matrix.Transpose();
        _threads = threads;
    }

    /// <summary>
    /// The right singular vectors as columns [columns of the matrix, count], the largest first, and their singular values. Where the
    /// matrix has fewer that are not zero, what is left is zero. Of each vector's two signs the largest element's is positive.
    /// </summary>
    public (RowMatrix Vectors, double[] Values) Run(int count, int oversampling, int powerIterations, RandomKey key, CancellationToken cancellationToken)
    {
        var width = Math.Min(count + oversampling, Math.Min(_matrix.Rows, _matrix.Columns));
        using var alone = new BlockWorkers(1);

        // (1)
        var basis = Orthonormal(_matrix.Multiply(Gaussian(_matrix.Columns, width, key), _threads, cancellationToken), alone);

        // (2)
        for (var i = 0; i < powerIterations; i++)
        {
            var ofColumns = Orthonormal(_transposed.Multiply(basis, _threads, cancellationToken), alone);
            basis = Orthonormal(_matrix.Multiply(ofColumns, _threads, cancellationToken), alone);
        }

        // (3)
        var reduced = _transposed.Multiply(basis, _threads, cancellationToken);
        return Finish(reduced, count, alone);
    }

    private static RowMatrix Gaussian(int rows, int columns, RandomKey key)
    {
        var values = new float[(long)rows * columns];
        for (var i = 0L; i < values.LongLength; i += 2)
        {
            // Box and Muller's pairs; 1 - u is never zero.
            var radius = Math.Sqrt(-2 * Math.Log(1 - key.DoubleAt(i)));
            var (sine, cosine) = Math.SinCos(2 * Math.PI * key.DoubleAt(i + 1));
            values[i] = (float)(radius * cosine);
            if (i + 1 < values.LongLength)
            {
                values[i + 1] = (float)(radius * sine);
            }
        }

        return new RowMatrix(values, columns);
    }

    private static RowMatrix Orthonormal(RowMatrix matrix, BlockWorkers alone)
    {
        float[] result = [];
        alone.Run(1, _ =>
        {
            using var scope = torch.NewDisposeScope();
            var (q, _) = Qr.CallPair(ToDouble(matrix), "reduced");
            result = q.to(ScalarType.Float32).to_array<float>();
        });
        return new RowMatrix(result, matrix.Columns);
    }

    // reduced is B' [columns, width].
    private static (RowMatrix Vectors, double[] Values) Finish(RowMatrix reduced, int count, BlockWorkers alone)
    {
        var (vectors, squares) = (Array.Empty<double>(), Array.Empty<double>());
        alone.Run(1, _ =>
        {
            using var scope = torch.NewDisposeScope();
            var b = ToDouble(reduced);
            var (eigenvalues, eigenvectors) = Eigh.CallPair(b.t().mm(b), "L"); // ascending
            squares = eigenvalues.to_array<double>();
            vectors = b.mm(eigenvectors).to_array<double>();
        });

        var (width, result, values) = (reduced.Columns, new RowMatrix(new float[(long)reduced.Rows * count], count), new double[count]);
        for (var i = 0; i < Math.Min(count, width); i++)
        {
            var column = width - 1 - i;
            if (squares[column] <= squares[^1] * 1e-12)
            {
                break;
            }

            values[i] = Math.Sqrt(squares[column]);
            CopyColumn(vectors, column, width, 1 / values[i], result, i);
        }

        return (result, values);
    }

    private static void CopyColumn(double[] from, int column, int width, double factor, RowMatrix to, int target)
    {
        var largest = 0.0;
        for (var row = 0; row < to.Rows; row++)
        {
            var value = from[((long)row * width) + column];
            largest = Math.Abs(value) > Math.Abs(largest) ? value : largest;
        }

        for (var row = 0; row < to.Rows; row++)
        {
            to[row][target] = (float)(from[((long)row * width) + column] * (largest < 0 ? -factor : factor));
        }
    }

    private static Tensor ToDouble(RowMatrix matrix)
    {
        return torch.from_array(matrix.Values, matrix.Rows, matrix.Columns).to(ScalarType.Float64);
    }
}
