namespace Granary.Pipelines.Climb.Predictors;

/// <summary>Predictors by the names that tables give them: a type, and its settings where there are several.</summary>
public static class NamedPredictors
{
    /// <summary>All of them, in the order of a table.</summary>
    public static IReadOnlyDictionary<string, PredictorConfig> All { get; } = new OrderedDictionary<string, PredictorConfig>
    {
        ["trees-regmix"] = new GradientBoostingConfig { Defaults = BoostingDefaults.RegMix },
        ["trees-climb-raw"] = new GradientBoostingConfig { Defaults = BoostingDefaults.Climb, Standardise = false },
        ["trees-climb"] = new GradientBoostingConfig { Defaults = BoostingDefaults.Climb },
        ["trees-mixmin"] = new GradientBoostingConfig { Defaults = BoostingDefaults.MixMin },
        ["trees-no-early-stopping"] = new GradientBoostingConfig { Defaults = BoostingDefaults.NoEarlyStopping },
        [BoostingEnsembleConfig.TypeName] = new BoostingEnsembleConfig(),
        [GaussianProcessConfig.TypeName] = new GaussianProcessConfig(),
        [RelevanceProcessConfig.TypeName] = new RelevanceProcessConfig(),
        [LogLinearConfig.TypeName] = new LogLinearConfig(),
        ["ridge-linear"] = new RidgeConfig { Features = RidgeFeatures.Linear },
        ["ridge-quadratic"] = new RidgeConfig { Features = RidgeFeatures.Quadratic },
        ["ridge-logarithmic"] = new RidgeConfig { Features = RidgeFeatures.Logarithmic },
        [AutoPredictorConfig.TypeName] = new AutoPredictorConfig(),
    };
}
