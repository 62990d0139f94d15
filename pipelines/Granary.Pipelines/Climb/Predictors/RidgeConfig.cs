using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>Ridge regression, whose penalty is chosen by the squared error of leaving one run out.</summary>
public sealed record RidgeConfig : PredictorConfig
{
    internal const string TypeName = "ridge"; // what `type:` says in YAML

    /// <summary>What it is linear in. Default logarithmic; quadratic is known to carry over best to larger models, but ranks worse.</summary>
    public RidgeFeatures Features { get; init; } = RidgeFeatures.Logarithmic;

    /// <summary>Penalties that are tried, on standardised scores. Default 0.0001, 0.001, 0.01, 0.1, 1.</summary>
    public IReadOnlyList<double> Penalties { get; init; } = [1e-4, 1e-3, 1e-2, 0.1, 1];

    /// <inheritdoc/>
    public override IMixturePredictor Build()
    {
        return new Ridge(this);
    }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Penalties.Count > 0 && Penalties.All(penalty => penalty > 0), $"{path}.penalties", string.Join(", ", Penalties), "one number or more, all greater than 0");
    }
}
