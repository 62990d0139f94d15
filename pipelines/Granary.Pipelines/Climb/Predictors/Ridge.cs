using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>
/// Fits a ridge regression with a free constant, in its dual form: with centred features F and K = FFᵀ + λI the slopes are
/// FᵀK⁻¹y, and what leaving run i out predicts is off by λ(K⁻¹y)_i / (λ(K⁻¹)_ii - 1/n).
/// </summary>
internal sealed class Ridge : IMixturePredictor
{
    private readonly RidgeConfig _config;

    public Ridge(RidgeConfig config)
    {
        _config = config;
    }

    public string Name => RidgeConfig.TypeName;

    public IFittedPredictor Fit(IReadOnlyList<double[]> mixtures, IReadOnlyList<double> scores, RandomKey key)
    {
        FitRows.Check(mixtures, scores);
        var scale = ScoreScale.Of(scores);
        var standard = scale.Standardise(scores);
        var rows = mixtures.Select(Features).ToArray();
        var means = rows[0].Select((_, column) => rows.Average(row => row[column])).ToArray();
        foreach (var row in rows)
        {
            Vectors.AddScaled(row, -1, means);
        }

        var (penalty, dual, _) = _config.Penalties.Select(penalty => Solve(rows, standard, penalty)).MinBy(solved => solved.LeftOut.Sum(error => error * error));
        var slopes = new double[means.Length];
        for (var row = 0; row < rows.Length; row++)
        {
            Vectors.AddScaled(slopes, dual[row], rows[row]);
        }

        return new FittedFormula(weights => scale.Restore(Vectors.Dot(Features(weights), slopes) - Vectors.Dot(means, slopes)), mixtures);
    }

    /// <summary>K⁻¹y for a penalty, and what each score is off from what the others predict of it.</summary>
    internal static (double Penalty, double[] Dual, double[] LeftOut) Solve(double[][] centred, double[] standard, double penalty)
    {
        var count = centred.Length;
        var matrix = new double[count * count];
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                matrix[(i * count) + j] = Vectors.Dot(centred[i], centred[j]) + (i == j ? penalty : 0);
            }
        }

        var factored = Cholesky.TryFactor(matrix, count) ?? throw new PredictorException($"A ridge regression on '{count}' runs cannot be solved with a penalty of '{penalty:R}'. Choose a larger one.");
        var dual = factored.Solve(standard);
        var inverse = factored.Inverse();
        return (penalty, dual, [.. dual.Select((value, i) => penalty * value / ((penalty * inverse[(i * count) + i]) - (1.0 / count)))]);
    }

    /// <summary>What the regression is linear in.</summary>
    internal double[] Features(double[] weights)
    {
        return _config.Features switch
        {
            RidgeFeatures.Linear => [.. weights],
            RidgeFeatures.Logarithmic => [.. weights, .. weights.Select(weight => 0.2 * Math.Log(Math.Max(0, weight) + 0.01))],
            _ => [.. weights, .. weights.SelectMany((weight, i) => weights[..(i + 1)].Select(other => weight * other))],
        };
    }
}
