namespace Granary.Pipelines.Climb.Statistics;

/// <summary>The mean of few measurements whose noise is normal, with its interval after Student.</summary>
public static class StudentInterval
{
    private const double Fraction = 1e-15; // where the continued fraction has converged
    private const int MaxTerms = 500;

    /// <summary>The mean with its 95 % interval.</summary>
    /// <exception cref="ArgumentException">There are fewer than two numbers.</exception>
    public static ConfidenceInterval Of(IReadOnlyList<double> numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        if (numbers.Count < 2)
        {
            throw new ArgumentException($"An interval needs two measurements or more; there are '{numbers.Count}'. Run more seeds.", nameof(numbers));
        }

        var mean = numbers.Average();
        var deviation = Math.Sqrt(numbers.Sum(number => (number - mean) * (number - mean)) / (numbers.Count - 1));
        var half = Quantile(0.975, numbers.Count - 1) * deviation / Math.Sqrt(numbers.Count);
        return new ConfidenceInterval(mean, mean - half, mean + half);
    }

    /// <summary>The value that Student's t stays below with a probability above one half.</summary>
    internal static double Quantile(double probability, int degrees)
    {
        var (low, high) = (0.0, 1e6);
        for (var halving = 0; halving < 200; halving++)
        {
            var middle = (low + high) / 2;
            (low, high) = Below(middle, degrees) < probability ? (middle, high) : (low, middle);
        }

        return low;
    }

    /// <summary>P(T ≤ t) = 1 - I(d / (d + t²); d/2, 1/2) / 2 for t of 0 or more.</summary>
    private static double Below(double t, int degrees)
    {
        return 1 - (RegularisedBeta(degrees / (degrees + (t * t)), degrees / 2.0, 0.5) / 2);
    }

    /// <summary>The regularised incomplete beta function, by its continued fraction (Press et al., Numerical Recipes, 6.4).</summary>
    private static double RegularisedBeta(double x, double a, double b)
    {
        if (x is 0 or 1)
        {
            return x;
        }

        var front = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + (a * Math.Log(x)) + (b * Math.Log(1 - x)));
        return x < (a + 1) / (a + b + 2) ? front * BetaFraction(x, a, b) / a : 1 - (front * BetaFraction(1 - x, b, a) / b);
    }

    private static double BetaFraction(double x, double a, double b)
    {
        // Lentz's method.
        double Away(double value) => Math.Abs(value) < 1e-300 ? 1e-300 : value;
        var c = 1.0;
        var d = 1 / Away(1 - ((a + b) * x / (a + 1)));
        var fraction = d;
        for (var m = 1; m <= MaxTerms; m++)
        {
            var even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            var odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            var change = 0.0;
            foreach (var term in (ReadOnlySpan<double>)[even, odd])
            {
                d = 1 / Away(1 + (term * d));
                c = Away(1 + (term / c));
                change = c * d;
                fraction *= change;
            }

            if (Math.Abs(change - 1) < Fraction)
            {
                break;
            }
        }

        return fraction;
    }

    /// <summary>log Γ of halves and wholes, by Γ(x + 1) = x Γ(x).</summary>
    private static double LogGamma(double halves)
    {
        var sum = halves == Math.Floor(halves) ? 0 : 0.5 * Math.Log(Math.PI);
        for (var x = halves == Math.Floor(halves) ? 1 : 0.5; x < halves; x++)
        {
            sum += Math.Log(x);
        }

        return sum;
    }
}
