using System.Numerics;
using System.Runtime.InteropServices;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>Sums over vectors of numbers, always in the same order.</summary>
internal static class FloatSpans
{
    /// <summary>The product of two vectors.</summary>
    public static float Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var lefts = MemoryMarshal.Cast<float, Vector<float>>(left);
        var rights = MemoryMarshal.Cast<float, Vector<float>>(right);
        var sums = Vector<float>.Zero;
        for (var i = 0; i < lefts.Length; i++)
        {
            sums += lefts[i] * rights[i];
        }

        var sum = Vector.Sum(sums);
        for (var i = lefts.Length * Vector<float>.Count; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }

    /// <summary>The squared distance of two vectors.</summary>
    public static float SquaredDistance(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var lefts = MemoryMarshal.Cast<float, Vector<float>>(left);
        var rights = MemoryMarshal.Cast<float, Vector<float>>(right);
        var sums = Vector<float>.Zero;
        for (var i = 0; i < lefts.Length; i++)
        {
            var difference = lefts[i] - rights[i];
            sums += difference * difference;
        }

        var sum = Vector.Sum(sums);
        for (var i = lefts.Length * Vector<float>.Count; i < left.Length; i++)
        {
            sum += (left[i] - right[i]) * (left[i] - right[i]);
        }

        return sum;
    }

    /// <summary>Adds a vector times a factor to another.</summary>
    public static void AddScaled(Span<float> sums, ReadOnlySpan<float> addend, float factor)
    {
        var targets = MemoryMarshal.Cast<float, Vector<float>>(sums);
        var sources = MemoryMarshal.Cast<float, Vector<float>>(addend);
        for (var i = 0; i < targets.Length; i++)
        {
            targets[i] += sources[i] * factor;
        }

        for (var i = targets.Length * Vector<float>.Count; i < sums.Length; i++)
        {
            sums[i] += addend[i] * factor;
        }
    }

    /// <summary>Adds a vector to sums of twice the precision.</summary>
    public static void Add(Span<double> sums, ReadOnlySpan<float> addend)
    {
        var targets = MemoryMarshal.Cast<double, Vector<double>>(sums);
        var sources = MemoryMarshal.Cast<float, Vector<float>>(addend);
        for (var i = 0; i < sources.Length; i++)
        {
            Vector.Widen(sources[i], out var low, out var high);
            targets[2 * i] += low;
            targets[(2 * i) + 1] += high;
        }

        for (var i = sources.Length * Vector<float>.Count; i < sums.Length; i++)
        {
            sums[i] += addend[i];
        }
    }

    /// <summary>Gives a vector the length 1; one of length 0, or with numbers that are none, becomes zero.</summary>
    public static void Normalise(Span<float> vector)
    {
        var sum = 0.0;
        foreach (var value in vector)
        {
            sum += (double)value * value;
        }

        if (sum > 0 && double.IsFinite(sum))
        {
            var factor = 1 / Math.Sqrt(sum);
            foreach (ref var value in vector)
            {
                value = (float)(value * factor);
            }
        }
        else
        {
            vector.Clear();
        }
    }
}
