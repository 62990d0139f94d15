using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>
/// Sums over vectors, four lanes at a time. The width is fixed, whatever the processor has, so that every machine adds in
/// the same order and gets the same bits.
/// </summary>
internal static class Vectors
{
    /// <summary>Σ a_i b_i.</summary>
    public static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        var lefts = MemoryMarshal.Cast<double, Vector256<double>>(left);
        var rights = MemoryMarshal.Cast<double, Vector256<double>>(right);
        var (even, odd) = (Vector256<double>.Zero, Vector256<double>.Zero);
        var i = 0;
        for (; i + 1 < lefts.Length; i += 2)
        {
            even += lefts[i] * rights[i];
            odd += lefts[i + 1] * rights[i + 1];
        }

        for (; i < lefts.Length; i++)
        {
            even += lefts[i] * rights[i];
        }

        var sum = Vector256.Sum(even + odd);
        for (i *= Vector256<double>.Count; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }

    /// <summary>target += factor · source, element by element.</summary>
    public static void AddScaled(Span<double> target, double factor, ReadOnlySpan<double> source)
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] += factor * source[i];
        }
    }
}
