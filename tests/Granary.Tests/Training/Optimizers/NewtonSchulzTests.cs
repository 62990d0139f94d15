using Granary.Torch;

namespace Granary.Training.Optimizers.Tests;

public sealed class NewtonSchulzTests
{
    [TestCase(4, 4, Description = "square")]
    [TestCase(4, 7, Description = "wide")]
    [TestCase(7, 4, Description = "tall")]
    public void Singular_values_follow_the_polynomial(int rows, int columns)
    {
        using var scope = torch.NewDisposeScope();
        double[] values = [3, 1, 0.5, 0.1];
        var matrix = new float[rows * columns];
        for (var i = 0; i < values.Length; i++)
        {
            matrix[(i * columns) + i] = (float)values[i];
        }

        var result = NewtonSchulz.Orthogonalized(torch.tensor(matrix, [rows, columns]), steps: 5, ScalarType.Float32).contiguous().data<float>().ToArray();

        var expected = new double[rows * columns];
        for (var i = 0; i < values.Length; i++)
        {
            expected[(i * columns) + i] = Iterated(values[i] / Math.Sqrt(values.Sum(value => value * value)), steps: 5);
        }

        Assert.That(result, Is.EqualTo(expected).Within(1e-4));
    }

    [Test]
    public void A_random_matrix_becomes_nearly_orthogonal()
    {
        using var scope = torch.NewDisposeScope();
        var matrix = Random(24, 40);

        var result_RC = NewtonSchulz.Orthogonalized(matrix, steps: 5);

        // The squares of its singular values have the mean of its rows' squares, and products of two rows are small beside them.
        var square = result_RC.mm(result_RC.t()).contiguous().data<float>().ToArray();
        for (var i = 0; i < 24; i++)
        {
            Assert.That(square[(i * 24) + i], Is.InRange(0.5, 1.5));
            Assert.That(Enumerable.Range(0, 24).Where(j => j != i).Select(j => Math.Abs(square[(i * 24) + j])), Has.All.LessThan(0.35));
        }
    }

    [Test]
    public void A_matrix_of_zeros_stays_one()
    {
        using var scope = torch.NewDisposeScope();

        var result = NewtonSchulz.Orthogonalized(torch.zeros([3, 5]), steps: 5);

        Assert.That(result.contiguous().data<float>().ToArray(), Is.All.Zero);
    }

    [Test]
    public void The_scale_of_a_matrix_changes_nothing_but_rounding()
    {
        using var scope = torch.NewDisposeScope();
        var matrix = Random(8, 8);

        var first = NewtonSchulz.Orthogonalized(matrix, steps: 5, ScalarType.Float32).contiguous().data<float>().ToArray();
        var second = NewtonSchulz.Orthogonalized(matrix * 1e-3, steps: 5, ScalarType.Float32).contiguous().data<float>().ToArray();

        Assert.That(second, Is.EqualTo(first).Within(2e-3));
    }

    internal static Tensor Random(int rows, int columns, int seed = 1)
    {
        var key = Core.Randomness.RandomKey.FromSeed(seed).Use("matrix");
        return torch.tensor([.. Enumerable.Range(0, rows * columns).Select(i => (float)(key.DoubleAt(i) - 0.5))], [rows, columns]);
    }

    private static double Iterated(double value, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            value = (3.4445 * value) + (-4.7750 * Math.Pow(value, 3)) + (2.0315 * Math.Pow(value, 5));
        }

        return value;
    }
}
