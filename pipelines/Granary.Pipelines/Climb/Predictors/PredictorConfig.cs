using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>What tells from measured mixtures how others would score; <c>type:</c> names the predictor.</summary>
[ConfigVariant(GradientBoostingConfig.TypeName, typeof(GradientBoostingConfig))]
[ConfigVariant(BoostingEnsembleConfig.TypeName, typeof(BoostingEnsembleConfig))]
[ConfigVariant(GaussianProcessConfig.TypeName, typeof(GaussianProcessConfig))]
[ConfigVariant(RelevanceProcessConfig.TypeName, typeof(RelevanceProcessConfig))]
[ConfigVariant(LogLinearConfig.TypeName, typeof(LogLinearConfig))]
[ConfigVariant(RidgeConfig.TypeName, typeof(RidgeConfig))]
[ConfigVariant(AutoPredictorConfig.TypeName, typeof(AutoPredictorConfig))]
public abstract record PredictorConfig : IConfigSection
{
    /// <summary>The predictor, ready to be fitted.</summary>
    public abstract IMixturePredictor Build();

    /// <summary>Sentences about settings that work against one another, for the user; <paramref name="path"/> is the section's key path.</summary>
    public virtual IEnumerable<string> Warnings(string path)
    {
        return [];
    }

    /// <inheritdoc/>
    public abstract void Validate(string path, ConfigurationErrors errors);
}
