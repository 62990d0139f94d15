using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>
/// Fits a Gaussian process. What leaving a run out would predict is known in closed form (Rasmussen and Williams, 2006,
/// section 5.4.2): y_i - (K⁻¹y)_i / (K⁻¹)_ii, so a grid point costs one inverse, 2n³/3 multiply-adds.
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

    /// <summary>What each score is off from what the others predict of it; infinite where the covariances cannot be factored.</summary>
    internal static double[] LeftOut(MixtureKernel kernel, double noise, IReadOnlyList<double[]> mixtures, double[] standard)
    {
        if (Cholesky.TryFactor(kernel.Covariances(mixtures, noise), mixtures.Count) is not { } factored)
        {
            return [double.PositiveInfinity];
        }

        var inverse = factored.Inverse();
        var count = mixtures.Count;
        return [.. Enumerable.Range(0, count).Select(i => Vectors.Dot(inverse.AsSpan(i * count, count), standard) / inverse[(i * count) + i])];
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
