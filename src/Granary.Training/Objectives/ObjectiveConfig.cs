using Granary.Core.Configuration;
using Granary.Data.Tokenization;
using Granary.Models.Language;
using Granary.Training.Objectives.Hiding;
using Granary.Training.Objectives.Rewriting;

namespace Granary.Training.Objectives;

/// <summary>What the model learns to predict.</summary>
[ConfigVariant(NextTokenConfig.Name, typeof(NextTokenConfig))]
[ConfigVariant(MultiTokenConfig.Name, typeof(MultiTokenConfig))]
[ConfigVariant(FutureTokenConfig.Name, typeof(FutureTokenConfig))]
[ConfigVariant(MeapConfig.Name, typeof(MeapConfig))]
[ConfigVariant(FimConfig.Name, typeof(FimConfig))]
[ConfigVariant(Cm3Config.Name, typeof(Cm3Config))]
[ConfigVariant(MlmUConfig.Name, typeof(MlmUConfig))]
public abstract record ObjectiveConfig : IConfigSection
{
    /// <summary>What the objective asks of the model.</summary>
    public virtual ModelNeeds Needs => new();

    /// <summary>Tokens the objective writes into its rows; a tokenizer without them is given them.</summary>
    public virtual IReadOnlyList<string> SpecialTokens => [];

    /// <summary>What <c>type:</c> says of this configuration.</summary>
    public abstract string TypeName { get; }

    /// <summary>Whether every position is asked for what stands behind it and sees nothing of that. Default true.</summary>
    public virtual bool ReadsLeftToRight => true;

    /// <summary>The objective of this configuration.</summary>
    /// <param name="tokenizer">Knows the special tokens' ids, for objectives that have some; others need none.</param>
    public abstract IObjective Build(Tokenizer? tokenizer = null);

    /// <inheritdoc/>
    public abstract void Validate(string path, ConfigurationErrors errors);

    /// <summary>Compares the objective with the longest row and the model it is to train.</summary>
    public virtual void ValidateWith(int longestRow, ModelConfig model, string path, ConfigurationErrors errors)
    {
        var refusal = model.Refuses(Needs);
        errors.Require(refusal is null, $"{path}.type", TypeName, $"one that the model can be trained with: {refusal}");
        var tokens = Needs.Ahead?.Tokens ?? 1;
        errors.Require(tokens <= longestRow, $"{path}.tokens", tokens, $"at most the longest row ({longestRow} tokens): no position has a token further ahead");
    }

    /// <summary>The id of a special token.</summary>
    /// <exception cref="ArgumentException">The tokenizer has no such token.</exception>
    private protected static int IdOf(Tokenizer tokenizer, string token)
    {
        return tokenizer.TokenToId(token)
            ?? throw new ArgumentException($"The tokenizer has no token '{token}'; take the run's own tokenizer, which is given the objective's tokens.", nameof(tokenizer));
    }
}
