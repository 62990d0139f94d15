namespace Granary.Pipelines.Climb.Predictors;

/// <summary>Where MixMin's solver ended.</summary>
public sealed record MixMinSolution
{
    /// <summary>The weights, a model each; sum to 1.</summary>
    public required IReadOnlyList<double> Weights { get; init; }

    /// <summary>What the mixture of models pays on average, in nats a token.</summary>
    public required double NatsPerToken { get; init; }

    /// <summary>At most so much above the least that any weights reach, in nats a token.</summary>
    public required double Gap { get; init; }
}
