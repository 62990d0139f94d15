using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Mixtures;

/// <summary>Dirichlet and gamma variates as a pure function of a key: Marsaglia and Tsang's method, in logarithms.</summary>
internal static class DirichletDraws
{
    /// <summary>One draw; concentrations are 0 or more, and a component with 0 gets no weight.</summary>
    public static double[] At(IReadOnlyList<double> concentrations, RandomKey key)
    {
        var logs = new double[concentrations.Count];
        for (var i = 0; i < logs.Length; i++)
        {
            logs[i] = concentrations[i] > 0 ? LogGamma(concentrations[i], key.Fold(i)) : double.NegativeInfinity;
        }

        // Weights of small concentrations underflow; their logarithms do not.
        var greatest = logs.Max();
        var weights = Array.ConvertAll(logs, log => Math.Exp(log - greatest));
        var sum = weights.Sum();
        return Array.ConvertAll(weights, weight => weight / sum);
    }

    // The logarithm of a gamma variate; below 1 the shape is raised by 1 and the variate multiplied by U^(1 / shape).
    private static double LogGamma(double shape, RandomKey key)
    {
        var boost = shape < 1 ? Math.Log(1 - key.DoubleAt(0)) / shape : 0;
        var d = (shape < 1 ? shape + 1 : shape) - (1.0 / 3);
        var c = 1 / Math.Sqrt(9 * d);
        for (var attempt = 1L; ; attempt += 3)
        {
            // Box and Muller's normal: 1 - u is never 0.
            var x = Math.Sqrt(-2 * Math.Log(1 - key.DoubleAt(attempt))) * Math.Cos(2 * Math.PI * key.DoubleAt(attempt + 1));
            var v = Math.Pow(1 + (c * x), 3);
            if (v > 0 && Math.Log(1 - key.DoubleAt(attempt + 2)) < (0.5 * x * x) + d - (d * v) + (d * Math.Log(v)))
            {
                return Math.Log(d * v) + boost;
            }
        }
    }
}
