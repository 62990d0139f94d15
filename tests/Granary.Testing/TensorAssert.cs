using System.Globalization;
using Granary.Torch;

namespace Granary.Testing;

/// <summary>Compares tensors and, where they differ, shows the worst element and where it is.</summary>
public static class TensorAssert
{
    /// <summary>Fails unless |actual - expected| is at most atol + rtol * |expected| everywhere; NaN equals NaN, and infinities their like. <paramref name="because"/> says which of many tensors this is.</summary>
    public static void AreClose(Tensor actual, Tensor expected, double rtol, double atol, string because = "")
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        RequireSameShape(actual, expected, because);
        var worst = Worst(Doubles(actual), Doubles(expected), rtol, atol);
        if (worst.Excess > 0)
        {
            Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"""
                {Title(actual, because)}: {worst.Count} of {actual.numel()} elements differ by more than atol {atol} + rtol {rtol} * |expected|.
                The worst is at {IndexOf(worst.Position, actual.shape)}: actual {worst.Actual:R}, expected {worst.Expected:R}, difference {Math.Abs(worst.Actual - worst.Expected):E3}.
                """));
        }
    }

    /// <summary>Fails unless type, shape and every element are the same; NaN equals NaN.</summary>
    public static void AreEqual(Tensor actual, Tensor expected, string because = "")
    {
        Assert.That(actual.dtype, Is.EqualTo(expected.dtype), Title(actual, because));
        AreClose(actual, expected, rtol: 0, atol: 0, because);
    }

    /// <summary>Fails unless the elements, in row-major order, are within atol of the values.</summary>
    public static void HasValues(Tensor actual, double[] expected, double atol = 0)
    {
        using var scope = torch.NewDisposeScope();
        Assert.That(actual.numel(), Is.EqualTo(expected.Length), $"elements of {actual}");
        AreClose(actual.detach().to(ScalarType.Float64), torch.tensor(expected, actual.shape), rtol: 0, atol);
    }

    private static void RequireSameShape(Tensor actual, Tensor expected, string because)
    {
        Assert.That(actual.shape, Is.EqualTo(expected.shape), $"shape of {Title(actual, because)}");
    }

    private static double[] Doubles(Tensor tensor)
    {
        return tensor.detach().to(ScalarType.Float64).to_array<double>();
    }

    private static (long Position, double Actual, double Expected, double Excess, long Count) Worst(double[] actual, double[] expected, double rtol, double atol)
    {
        var (position, excess, count) = (0, 0.0, 0L);
        for (var index = 0; index < actual.Length; index++)
        {
            var over = Excess(actual[index], expected[index], rtol, atol);
            count += over > 0 ? 1 : 0;
            (position, excess) = over > excess ? (index, over) : (position, excess);
        }

        return count == 0 ? default : (position, actual[position], expected[position], excess, count);
    }

    private static double Excess(double actual, double expected, double rtol, double atol)
    {
        // Equals and not ==: it holds for two NaN, and for two infinities of one sign, whose difference is NaN.
        if (actual.Equals(expected) || actual == expected)
        {
            return 0;
        }

        var excess = Math.Abs(actual - expected) - atol - (rtol * Math.Abs(expected));
        return double.IsNaN(excess) ? double.PositiveInfinity : excess;
    }

    private static string Title(Tensor actual, string because)
    {
        return because.Length == 0 ? actual.ToString() : $"{actual} ({because})";
    }

    private static string IndexOf(long position, long[] shape)
    {
        var index = new long[shape.Length];
        for (var dim = shape.Length - 1; dim >= 0; dim--)
        {
            (position, index[dim]) = Math.DivRem(position, shape[dim]);
        }

        return $"[{string.Join(", ", index)}]";
    }
}
