using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>The mean of boosted trees over random splits, each stopped early on its own held-out rows.</summary>
public sealed record BoostingEnsembleConfig : BoostingConfig
{
    internal const string TypeName = "boosting-ensemble"; // what `type:` says in YAML

    /// <summary>Splits, and so members. Default 10.</summary>
    public int Splits { get; init; } = 10;

    /// <inheritdoc/>
    internal override BoostingDefaults SettingsOf => BoostingDefaults.Ensemble;

    /// <inheritdoc/>
    public override IMixturePredictor Build()
    {
        return new GradientBoosting(TypeName, this, Splits);
    }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(Splits >= 2, $"{path}.splits", Splits, "2 or more");
        errors.Require(Resolve().HeldOutShare > 0, $"{path}.held_out_share", Resolve().HeldOutShare, "above 0: without held-out rows all members are the same");
    }
}
