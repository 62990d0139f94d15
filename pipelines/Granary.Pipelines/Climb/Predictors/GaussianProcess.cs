using Granary.Core.Randomness;
using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>
/// Fits a Gaussian process. What leaving the runs b of a mixture out would predict is known in closed form (Rasmussen and
/// Williams, 2006, section 5.4.2): y_b - ((K⁻¹)_bb)⁻¹(K⁻¹y)_b, so a grid point costs one factor and one inverse, n³/2 multiply-adds.
/// </summary>
internal sealed class GaussianProcess : IMixturePredictor
{
    private readonly GaussianProcessConfig _config;

    public GaussianProcess(GaussianProcessConfig config)
    {
        _config = config;
    }

    public string Name => GaussianProcessConfig.TypeName;

    public IFittedPredictor Fit(IReadOnlyList<double[]> mixtures, IReadOnlyList<double> scores, RandomKey key)
    {
        FitRows.Check(mixtures, scores);
        var scale = ScoreScale.Of(scores);
        var standard = scale.Standardise(scores);
        var (kernel, noise) = Candidates(mixtures[0].Length).MinBy(candidate => LeftOut(candidate.Kernel, candidate.Noise, mixtures, standard).Sum(error => error * error));
        return new FittedGaussianProcess(kernel, noise, mixtures, standard, scale);
    }

    /// <summary>What each score is off from what the other mixtures' runs predict of it; infinite where the covariances cannot be factored.</summary>
    internal static double[] LeftOut(MixtureKernel kernel, double noise, IReadOnlyList<double[]> mixtures, double[] standard)
    {
        var count = mixtures.Count;
        if (Cholesky.TryFactor(kernel.Covariances(mixtures, noise), count) is not { } factored)
        {
            return [double.PositiveInfinity];
        }

        var (inverse, dual, errors) = (factored.Inverse(), factored.Solve(standard), new double[count]);
        foreach (var rows in Repeats.Of(mixtures))
        {
            double[] block = [.. from row in rows from column in rows select inverse[(row * count) + column]];
            var off = Cholesky.TryFactor(block, rows.Length)?.Solve([.. rows.Select(row => dual[row])]);
            foreach (var (place, row) in rows.Index())
            {
                errors[row] = off?[place] ?? double.PositiveInfinity;
            }
        }

        return errors;
    }

    private IEnumerable<(MixtureKernel Kernel, double Noise)> Candidates(int components)
    {
        return
            from length in _config.LengthScales
            from linear in _config.LinearWeights
            from noise in _config.Noises
            select (new MixtureKernel([.. Enumerable.Repeat(1 / length, components)], linear), noise);
    }
}
