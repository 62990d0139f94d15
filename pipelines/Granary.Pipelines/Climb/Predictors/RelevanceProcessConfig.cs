using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>
/// A Gaussian process that finds for each component how much it matters: a length scale each, drawn to a common one, and
/// the noise, all at the most probable values. Distances are taken in powers of weights, which spread small ones out.
/// </summary>
public sealed record RelevanceProcessConfig : PredictorConfig
{
    internal const string TypeName = "relevance-process"; // what `type:` says in YAML

    /// <summary>The power of weights that distances are taken in; 0.5 is Hellinger's distance, 1 plain. Default 1/3.</summary>
    public double Power { get; init; } = 1.0 / 3;

    /// <summary>How far a component's logarithmic squared length scale is from the common one, as a standard deviation: small for targets that all components matter to, large for those of few. Default 0.5.</summary>
    public double RelevanceSpread { get; init; } = 0.5;

    /// <summary>What the noise's variance is expected to be, as a share of the scores' variance, give or take a factor of 4.5. Default 0.01.</summary>
    public double Noise { get; init; } = 0.01;

    /// <summary>Steps of L-BFGS at most. Default 60.</summary>
    public int MaxSteps { get; init; } = 60;

    /// <inheritdoc/>
    public override IMixturePredictor Build()
    {
        return new RelevanceProcess(this);
    }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Power is > 0 and <= 1, $"{path}.power", Power, "above 0, and 1 at most");
        errors.Require(RelevanceSpread > 0, $"{path}.relevance_spread", RelevanceSpread, "greater than 0");
        errors.Require(Noise > 0, $"{path}.noise", Noise, "greater than 0");
        errors.Require(MaxSteps >= 1, $"{path}.max_steps", MaxSteps, "1 or more");
    }
}
