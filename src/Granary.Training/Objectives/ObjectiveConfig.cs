using Granary.Core.Configuration;

namespace Granary.Training.Objectives;

/// <summary>What the model learns to predict.</summary>
[ConfigVariant(NextTokenConfig.Name, typeof(NextTokenConfig))]
public abstract record ObjectiveConfig : IConfigSection
{
    /// <summary>The objective of this configuration.</summary>
    public abstract IObjective Build();

    /// <inheritdoc/>
    public abstract void Validate(string path, ConfigurationErrors errors);
}
