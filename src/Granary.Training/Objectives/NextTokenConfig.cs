using Granary.Core.Configuration;
using Granary.Data.Tokenization;

namespace Granary.Training.Objectives;

/// <summary>Every position predicts the token behind it.</summary>
public sealed record NextTokenConfig : ObjectiveConfig
{
    /// <summary>What <c>type:</c> says.</summary>
    public const string Name = "next-token";

    /// <inheritdoc/>
    public override string TypeName => Name;

    /// <inheritdoc/>
    public override IObjective Build(Tokenizer? tokenizer = null) => new NextTokenObjective();

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        // It has no settings.
    }
}
