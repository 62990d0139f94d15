using Granary.Core.Configuration;
using Granary.Data.Tokenization;
using Granary.Models.Language;

namespace Granary.Training.Objectives.Rewriting;

/// <summary>An objective that changes the rows and leaves what is predicted of them to another.</summary>
public abstract record RewritingConfig : ObjectiveConfig
{
    /// <summary>What is predicted of the changed rows. Default: the next token.</summary>
    public ObjectiveConfig Over { get; init; } = new NextTokenConfig();

    /// <inheritdoc/>
    public override ModelNeeds Needs => Over.Needs;

    /// <inheritdoc/>
    public override IReadOnlyList<string> SpecialTokens => [.. OwnTokens.Concat(Over.SpecialTokens).Distinct()];

    /// <summary>The tokens that the change itself writes.</summary>
    protected abstract IReadOnlyList<string> OwnTokens { get; }

    /// <inheritdoc/>
    public override IObjective Build(Tokenizer? tokenizer = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return new RewritingObjective(TypeName, BuildRewriter(tokenizer), Over.Build(tokenizer));
    }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        Over.Validate($"{path}.over", errors);
        errors.Require(
            Over.ReadsLeftToRight, $"{path}.over.type", Over.TypeName, $"an objective that reads from left to right (next-token, multi-token, ...), because '{TypeName}' changes what such a reader sees");
    }

    /// <inheritdoc/>
    public override void ValidateWith(int longestRow, ModelConfig model, string path, ConfigurationErrors errors)
    {
        Over.ValidateWith(longestRow, model, $"{path}.over", errors);
    }

    /// <summary>What changes the rows.</summary>
    internal abstract IRowRewriter BuildRewriter(Tokenizer tokenizer);

    /// <summary>The id of a special token.</summary>
    /// <exception cref="ArgumentException">The tokenizer has no such token.</exception>
    private protected static int IdOf(Tokenizer tokenizer, string token)
    {
        return tokenizer.TokenToId(token)
            ?? throw new ArgumentException($"The tokenizer has no token '{token}'; take the run's own tokenizer, which is given the objective's tokens.", nameof(tokenizer));
    }
}
