using Granary.Core.Configuration;
using Granary.Data.Tokenization;
using Granary.Models.Ahead;
using Granary.Models.Language;

namespace Granary.Training.Objectives;

/// <summary>Every position predicts several tokens behind it, each by a head of its own.</summary>
public sealed record MultiTokenConfig : ObjectiveConfig
{
    /// <summary>What <c>type:</c> says.</summary>
    public const string Name = "multi-token";

    private const double SequentialWeight = 0.1;

    /// <summary>Tokens predicted from each position, the next one included. Default 2; 1 is next-token.</summary>
    public int Tokens { get; init; } = 2;

    /// <summary>How the further heads are built: parallel (a block each, on one trunk) or sequential (a chain of modules). Default parallel.</summary>
    public AheadKind Heads { get; init; } = AheadKind.Parallel;

    /// <summary>
    /// Weight of the further tokens' losses beside the next one's: of each for parallel heads, of their mean for sequential
    /// ones. Default null: 1 for parallel (Gloeckle et al.), 0.1 for sequential (Megatron's).
    /// </summary>
    public double? Weight { get; init; }

    /// <inheritdoc/>
    public override string TypeName => Name;

    /// <inheritdoc/>
    public override ModelNeeds Needs => new(new AheadSpec(Heads, Tokens));

    /// <inheritdoc/>
    public override IObjective Build(Tokenizer? tokenizer = null)
    {
        var weight = Heads == AheadKind.Sequential ? (Weight ?? SequentialWeight) / Math.Max(1, Tokens - 1) : Weight ?? 1;
        return new MultiTokenObjective(Tokens, Heads == AheadKind.Sequential, weight);
    }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Tokens >= 1, $"{path}.tokens", Tokens, "1 or more");
        errors.Require(Heads is AheadKind.Parallel or AheadKind.Sequential, $"{path}.heads", Heads, "parallel or sequential; a future decoder is an objective of its own (type: future-token)");
        errors.Require(Weight is not { } weight || (weight >= 0 && double.IsFinite(weight)), $"{path}.weight", Weight, "0 or more");
    }
}
