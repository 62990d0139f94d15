using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Predictors.Tests;

public sealed class CholeskyTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(9)]
    [TestCase(33)]
    public void The_inverse_times_the_matrix_is_one(int size)
    {
        var matrix = Positive(size);

        var inverse = Cholesky.TryFactor(matrix, size)!.Inverse();

        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                var entry = Enumerable.Range(0, size).Sum(k => inverse[(i * size) + k] * matrix[(k * size) + j]);
                Assert.That(entry, Is.EqualTo(i == j ? 1 : 0).Within(1e-9), $"row {i}, column {j}");
            }
        }
    }

    [Test]
    public void A_solution_is_the_inverse_times_the_right_side()
    {
        var matrix = Positive(17);
        var right = Enumerable.Range(0, 17).Select(i => Math.Sin(i)).ToArray();
        var factored = Cholesky.TryFactor(matrix, 17)!;

        var solution = factored.Solve(right);

        var inverse = factored.Inverse();
        Assert.That(solution, Is.EqualTo(Enumerable.Range(0, 17).Select(i => Enumerable.Range(0, 17).Sum(j => inverse[(i * 17) + j] * right[j])).ToArray()).Within(1e-9));
    }

    [Test]
    public void Half_a_solution_has_the_length_of_the_quadratic_form()
    {
        var factored = Cholesky.TryFactor(Positive(11), 11)!;
        var right = Enumerable.Range(0, 11).Select(i => Math.Cos(i)).ToArray();
        var half = right.ToArray();

        factored.SolveLower(half);

        Assert.That(Vectors.Dot(half, half), Is.EqualTo(Vectors.Dot(right, factored.Solve(right))).Within(1e-9));
    }

    [Test]
    public void The_determinant_of_two_rows_is_known_by_hand()
    {
        var factored = Cholesky.TryFactor([4, 1, 1, 2], 2)!;

        Assert.That(factored.LogDeterminant, Is.EqualTo(Math.Log(7)).Within(1e-12));
    }

    [TestCase(1, 2, 2, 1, Description = "one eigenvalue below 0")]
    [TestCase(1, 1, 1, 1, Description = "one eigenvalue 0")]
    public void A_matrix_that_is_not_positive_definite_is_refused(double a, double b, double c, double d)
    {
        Assert.That(Cholesky.TryFactor([a, b, c, d], 2), Is.Null);
    }

    private static double[] Positive(int size)
    {
        var key = RandomKey.FromSeed(size);
        var root = Enumerable.Range(0, size * size).Select(i => key.DoubleAt(i) - 0.5).ToArray();
        var matrix = new double[size * size];
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                matrix[(i * size) + j] = Enumerable.Range(0, size).Sum(k => root[(i * size) + k] * root[(j * size) + k]) + (i == j ? 0.5 : 0);
            }
        }

        return matrix;
    }
}
