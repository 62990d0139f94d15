using Granary.Core.Configuration;
using Granary.Data.Tokenization;
using Granary.Models.Language;

namespace Granary.Training.Objectives;

/// <summary>What the model learns to predict.</summary>
[ConfigVariant(NextTokenConfig.Name, typeof(NextTokenConfig))]
[ConfigVariant(MultiTokenConfig.Name, typeof(MultiTokenConfig))]
public abstract record ObjectiveConfig : IConfigSection
{
    /// <summary>What the objective asks of the model.</summary>
    public virtual ModelNeeds Needs => new();

    /// <summary>Tokens the objective writes into its rows; a tokenizer without them is given them.</summary>
    public virtual IReadOnlyList<string> SpecialTokens => [];

    /// <summary>The objective of this configuration.</summary>
    /// <param name="tokenizer">Knows the special tokens' ids, for objectives that have some; others need none.</param>
    public abstract IObjective Build(Tokenizer? tokenizer = null);

    /// <inheritdoc/>
    public abstract void Validate(string path, ConfigurationErrors errors);

    /// <summary>Compares the objective with the longest row and the model it is to train.</summary>
    public virtual void ValidateWith(int longestRow, ModelConfig model, string path, ConfigurationErrors errors)
    {
        var refusal = model.Refuses(Needs);
        errors.Require(refusal is null, $"{path}.type", NameOf(), $"one that the model can be trained with: {refusal}");
    }

    /// <summary>What <c>type:</c> says of this configuration.</summary>
    protected abstract string NameOf();
}
