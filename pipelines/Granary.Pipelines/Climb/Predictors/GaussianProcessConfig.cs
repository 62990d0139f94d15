using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>
/// A Gaussian process on the square roots of weights, between which distance is Hellinger's, with a linear part. Its
/// settings are chosen from a grid by the squared error of leaving the runs of one mixture out, on scores that are standardised.
/// </summary>
public sealed record GaussianProcessConfig : PredictorConfig
{
    internal const string TypeName = "gaussian-process"; // what `type:` says in YAML

    /// <summary>Length scales that are tried, in roots of weights; two mixtures are at most √2 apart. Default 0.3, 0.6, 1, 2.</summary>
    public IReadOnlyList<double> LengthScales { get; init; } = [0.3, 0.6, 1, 2];

    /// <summary>Variances of the noise that are tried, as shares of the scores' variance. Default 0.003, 0.03, 0.15.</summary>
    public IReadOnlyList<double> Noises { get; init; } = [0.003, 0.03, 0.15];

    /// <summary>Variances of the linear part that are tried, the curved part's being 1; 0 is none. Default 0, 1.</summary>
    public IReadOnlyList<double> LinearWeights { get; init; } = [0, 1];

    /// <inheritdoc/>
    public override IMixturePredictor Build()
    {
        return new GaussianProcess(this);
    }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(LengthScales.Count > 0 && LengthScales.All(scale => scale > 0), $"{path}.length_scales", string.Join(", ", LengthScales), "one number or more, all greater than 0");
        errors.Require(Noises.Count > 0 && Noises.All(noise => noise > 0), $"{path}.noises", string.Join(", ", Noises), "one number or more, all greater than 0");
        errors.Require(LinearWeights.Count > 0 && LinearWeights.All(weight => weight >= 0), $"{path}.linear_weights", string.Join(", ", LinearWeights), "one number or more, all 0 or more");
    }
}
