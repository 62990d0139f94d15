using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Predictors.Tests;

/// <summary>Runs that predictors are tried on, and the slow algebra they are compared with.</summary>
internal static class PredictorSamples
{
    /// <summary>Mixtures drawn evenly from the simplex, with a smooth score of which the first component makes the most.</summary>
    public static (IReadOnlyList<double[]> Mixtures, IReadOnlyList<double> Scores) Runs(int count, int components, long seed = 1)
    {
        var key = RandomKey.FromSeed(seed);
        var mixtures = Enumerable.Range(0, count).Select(row =>
        {
            var draws = Enumerable.Range(0, components).Select(i => -Math.Log(1 - key.Fold(row).DoubleAt(i))).ToArray();
            return draws.Select(draw => draw / draws.Sum()).ToArray();
        }).ToList();
        return (mixtures, [.. mixtures.Select(weights => 2 + Math.Exp(-3 * weights[0]) + (0.3 * weights[1] * weights[1]) - (0.1 * Math.Sqrt(weights[^1])))]);
    }

    /// <summary>The same mixtures with each component one place further.</summary>
    public static IReadOnlyList<double[]> Turned(IReadOnlyList<double[]> mixtures)
    {
        return [.. mixtures.Select(weights => (double[])[weights[^1], .. weights[..^1]])];
    }

    /// <summary>Solves a system by elimination with pivots.</summary>
    public static double[] Eliminate(double[][] matrix, double[] right)
    {
        var rows = matrix.Zip(right, (row, value) => (double[])[.. row, value]).ToArray();
        for (var i = 0; i < rows.Length; i++)
        {
            var pivot = Enumerable.Range(i, rows.Length - i).MaxBy(row => Math.Abs(rows[row][i]));
            (rows[i], rows[pivot]) = (rows[pivot], rows[i]);
            for (var j = 0; j < rows.Length; j++)
            {
                var factor = j == i ? 0 : rows[j][i] / rows[i][i];
                rows[j] = [.. rows[j].Zip(rows[i], (a, b) => a - (factor * b))];
            }
        }

        return [.. rows.Select((row, i) => row[^1] / row[i])];
    }
}
