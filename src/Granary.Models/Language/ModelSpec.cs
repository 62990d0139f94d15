using Granary.Models.Attention;

namespace Granary.Models.Language;

/// <summary>What every model's shape tells: enough to feed it, to count its cost and to compare it.</summary>
public abstract record ModelSpec
{
    /// <summary>Token ids V.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Model width C.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Heads and their size.</summary>
    public required AttentionShape Attention { get; init; }

    /// <summary>The longest sequence.</summary>
    public required int MaxPositionEmbeddings { get; init; }

    /// <summary>A learned vector for each position, else rotary embedding.</summary>
    public required bool LearnsPositions { get; init; }

    /// <summary>Parameters, shared ones once.</summary>
    public abstract long ParameterCount();

    /// <summary>Floating-point operations of a training step per token at a context length.</summary>
    public abstract double TrainingFlopsPerToken(long length);
}
