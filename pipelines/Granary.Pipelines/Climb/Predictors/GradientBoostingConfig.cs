namespace Granary.Pipelines.Climb.Predictors;

/// <summary>Boosted trees, fitted once: on one split, or on all rows.</summary>
public sealed record GradientBoostingConfig : BoostingConfig
{
    internal const string TypeName = "gradient-boosting"; // what `type:` says in YAML

    /// <summary>Whose settings hold where a key is null. Default climb.</summary>
    public BoostingDefaults Defaults { get; init; } = BoostingDefaults.Climb;

    /// <inheritdoc/>
    internal override BoostingDefaults SettingsOf => Defaults;

    /// <inheritdoc/>
    public override IMixturePredictor Build()
    {
        return new GradientBoosting(TypeName, this, splits: 1);
    }
}
