namespace Granary.Pipelines.Climb.Predictors;

/// <summary>
/// Minimises a smooth function by L-BFGS (Liu and Nocedal, 1989) with a line search by bisection that ends at the weak
/// Wolfe conditions (Lewis and Overton, 2013).
/// </summary>
internal static class LimitedMemoryBfgs
{
    private const int History = 10;
    private const int MaxTrials = 40; // of step lengths
    private const double Decrease = 1e-4;
    private const double Curvature = 0.9;
    private const double Enough = 1e-10; // gain of a step, beside the value's size

    /// <summary>A function's value at a place, with its gradient; a value that is not finite means that one may not go there.</summary>
    public delegate double Function(ReadOnlySpan<double> at, Span<double> gradient);

    /// <summary>Where the function is least that is downhill from a start.</summary>
    public static (double[] At, double Value) Minimise(Function function, double[] start, int maxSteps)
    {
        var at = start.ToArray();
        var gradient = new double[at.Length];
        var value = function(at, gradient);
        var pairs = new LinkedList<(double[] Step, double[] Change, double Product)>();
        for (var step = 0; step < maxSteps && double.IsFinite(value); step++)
        {
            var direction = Direction(gradient, pairs);
            var first = pairs.Count == 0 ? Math.Min(1, 1 / Math.Sqrt(Vectors.Dot(gradient, gradient) + double.Epsilon)) : 1;
            if (Search(function, at, value, gradient, direction, first) is not { } found)
            {
                break;
            }

            var moved = found.At.Zip(at, (next, now) => next - now).ToArray();
            var changed = found.Gradient.Zip(gradient, (next, now) => next - now).ToArray();
            Remember(pairs, moved, changed);
            var gain = value - found.Value;
            (at, value, gradient) = (found.At, found.Value, found.Gradient);
            if (gain <= Enough * Math.Max(1, Math.Abs(value)))
            {
                break;
            }
        }

        return (at, value);
    }

    private static void Remember(LinkedList<(double[] Step, double[] Change, double Product)> pairs, double[] moved, double[] changed)
    {
        var product = Vectors.Dot(moved, changed);
        if (product <= 0)
        {
            return;
        }

        pairs.AddFirst((moved, changed, product));
        if (pairs.Count > History)
        {
            pairs.RemoveLast();
        }
    }

    /// <summary>Minus the gradient, times what the last steps tell of the inverse Hessian.</summary>
    private static double[] Direction(double[] gradient, LinkedList<(double[] Step, double[] Change, double Product)> pairs)
    {
        var direction = gradient.Select(slope => -slope).ToArray();
        var shares = new Stack<double>();
        foreach (var (step, change, product) in pairs)
        {
            var share = Vectors.Dot(step, direction) / product;
            shares.Push(share);
            Vectors.AddScaled(direction, -share, change);
        }

        if (pairs.First is { Value: var last })
        {
            var size = last.Product / Vectors.Dot(last.Change, last.Change);
            for (var i = 0; i < direction.Length; i++)
            {
                direction[i] *= size;
            }
        }

        foreach (var (step, change, product) in pairs.Reverse())
        {
            Vectors.AddScaled(direction, shares.Pop() - (Vectors.Dot(change, direction) / product), step);
        }

        return direction;
    }

    /// <summary>A place along the direction that is lower by enough and less steep; null where there is none.</summary>
    private static (double[] At, double Value, double[] Gradient)? Search(Function function, double[] at, double value, double[] gradient, double[] direction, double length)
    {
        var slope = Vectors.Dot(gradient, direction);
        var (shortest, longest) = (0.0, double.PositiveInfinity);
        (double[] At, double Value, double[] Gradient)? lower = null;
        for (var trial = 0; trial < MaxTrials && slope < 0; trial++)
        {
            var next = at.ToArray();
            var nextGradient = new double[at.Length];
            Vectors.AddScaled(next, length, direction);
            var nextValue = function(next, nextGradient);
            if (!double.IsFinite(nextValue) || nextValue > value + (Decrease * length * slope))
            {
                longest = length;
            }
            else
            {
                lower = (next, nextValue, nextGradient);
                if (Vectors.Dot(nextGradient, direction) >= Curvature * slope)
                {
                    return lower;
                }

                shortest = length;
            }

            length = double.IsPositiveInfinity(longest) ? 2 * shortest : (shortest + longest) / 2;
        }

        return lower;
    }
}
