using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Clustering;
using Granary.Pipelines.Climb.Clustering.Tests;
using Granary.Torch;
using Granary.Torch.Operators;

namespace Granary.Pipelines.Climb.Embedding.Tests;

public sealed class RandomisedSvdTests
{
    [Test]
    public void Sparse_product_equals_the_dense_one([Values(1, 3)] int threads)
    {
        var dense = Sparsened(60, 40, rank: 0);
        var factor = Samples.Normal(40, 7, seed: 2);

        var product = ToSparse(dense).Multiply(factor, threads, CancellationToken.None);
        var transposed = ToSparse(dense).Transpose().Multiply(Samples.Normal(60, 3, seed: 3), threads, CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(product.Values, Is.EqualTo(Multiply(dense, factor)).Within(1e-4f));
            Assert.That(transposed.Values, Is.EqualTo(Multiply(Transpose(dense), Samples.Normal(60, 3, seed: 3))).Within(1e-4f));
        });
    }

    [Test]
    public void Largest_singular_values_and_their_space_are_those_of_the_dense_decomposition()
    {
        var dense = Sparsened(300, 120, rank: 10);

        var (vectors, values) = new RandomisedSvd(ToSparse(dense), threads: 2).Run(10, oversampling: 10, powerIterations: 4, RandomKey.FromSeed(1), CancellationToken.None);

        var (expectedValues, expectedVectors) = Dense(dense);
        Assert.That(values, Is.EqualTo(expectedValues.Take(10)).Within(1).Percent);
        for (var i = 0; i < 10; i++)
        {
            // A vector may turn within the space of its neighbours; the space itself may not.
            var inSpace = Enumerable.Range(0, 12).Sum(j => Math.Pow(Enumerable.Range(0, 120).Sum(row => (double)vectors[row][i] * expectedVectors[j][row]), 2));
            Assert.That(inSpace, Is.EqualTo(1).Within(0.02));
        }
    }

    [Test]
    public void Matrix_of_a_low_rank_has_no_more_vectors_than_that()
    {
        var dense = new RowMatrix([.. Enumerable.Range(0, 50 * 80).Select(i => i % 80 < 2 && i / 80 % 2 == i % 80 ? 1f : 0f)], 80);

        var (vectors, values) = new RandomisedSvd(ToSparse(dense), threads: 1).Run(6, oversampling: 4, powerIterations: 1, RandomKey.FromSeed(1), CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(values[..2], Is.All.EqualTo(5).Within(1e-4));
            Assert.That(values[2..], Is.All.Zero);
            Assert.That(vectors.Values, Has.All.Matches<float>(float.IsFinite));
        });
    }

    private static RowMatrix Sparsened(int rows, int columns, int rank)
    {
        var noise = Samples.Normal(rows, columns, seed: 4);
        var (left, right) = (Samples.Normal(rows, Math.Max(1, rank), seed: 5), Samples.Normal(Math.Max(1, rank), columns, seed: 6));
        var signal = Multiply(left, right);
        var key = RandomKey.FromSeed(7);
        return new RowMatrix([.. noise.Values.Select((value, i) => key.DoubleAt(i) < 0.7 ? 0 : (rank == 0 ? value : (0.1f * value) + signal[i]))], columns);
    }

    private static SparseRows ToSparse(RowMatrix dense)
    {
        return SparseRows.Of(
            [.. Enumerable.Range(0, dense.Rows).Select(row =>
            {
                int[] columns = [.. Enumerable.Range(0, dense.Columns).Where(column => dense[row][column] != 0)];
                return new SparseRow(columns, [.. columns.Select(column => dense[row][column])]);
            })],
            dense.Columns);
    }

    private static float[] Multiply(RowMatrix left, RowMatrix right)
    {
        return [.. from row in Enumerable.Range(0, left.Rows) from column in Enumerable.Range(0, right.Columns) select Enumerable.Range(0, left.Columns).Sum(i => left[row][i] * right[i][column])];
    }

    private static RowMatrix Transpose(RowMatrix matrix)
    {
        return new RowMatrix([.. from column in Enumerable.Range(0, matrix.Columns) from row in Enumerable.Range(0, matrix.Rows) select matrix[row][column]], matrix.Rows);
    }

    private static (double[] Values, double[][] Vectors) Dense(RowMatrix matrix)
    {
        using var scope = torch.NewDisposeScope();
        var (_, values, vectors) = Operator.Find("aten::linalg_svd").CallTriple(torch.from_array(matrix.Values, matrix.Rows, matrix.Columns).to(ScalarType.Float64), false);
        return (values.to_array<double>(), [.. vectors.to_array<double>().Chunk(matrix.Columns)]);
    }
}
