using Granary.Core.Randomness;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>Fits a Gaussian process whose length scales are the most probable ones. A step of the search costs n³/2 multiply-adds.</summary>
internal sealed class RelevanceProcess : IMixturePredictor
{
    private readonly RelevanceProcessConfig _config;

    public RelevanceProcess(RelevanceProcessConfig config)
    {
        _config = config;
    }

    public string Name => RelevanceProcessConfig.TypeName;

    public IFittedPredictor Fit(IReadOnlyList<double[]> mixtures, IReadOnlyList<double> scores, RandomKey key)
    {
        FitRows.Check(mixtures, scores);
        var scale = ScoreScale.Of(scores);
        var standard = scale.Standardise(scores);
        var posterior = new RelevancePosterior(_config, mixtures, standard);
        var (at, _) = LimitedMemoryBfgs.Minimise(posterior.NegativeLogAt, posterior.Start(), _config.MaxSteps);
        return new FittedGaussianProcess(posterior.KernelAt(at), RelevancePosterior.NoiseAt(at), mixtures, standard, scale);
    }
}
