namespace Granary.Pipelines.Climb.Search;

/// <summary>A proxy run that is to be made. Its result is a pure function of it and of the data.</summary>
public sealed record Trial
{
    /// <summary>The trial's content, hashed: of the search's settings, round, index and the weights. Names its folder.</summary>
    public required string Id { get; init; }

    /// <summary>The round it belongs to, from 1.</summary>
    public required int Round { get; init; }

    /// <summary>Its place in the round, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>The mixture, in the order of the space's components; sums to 1.</summary>
    public required IReadOnlyList<double> Weights { get; init; }

    /// <summary>Why it is tried.</summary>
    public required TrialOrigin Origin { get; init; }

    /// <summary>What is trained. Default: a model on the mixture.</summary>
    public TrialKind Kind { get; init; }

    /// <summary>Chooses initial weights and order of data. Trials of one seed differ in their mixture alone.</summary>
    public required long Seed { get; init; }

    /// <summary>The trial whose model is the reference of a <see cref="TrialKind.GroupDro"/>; null without.</summary>
    public string? Reference { get; init; }

    /// <summary>How its mixture moves; null for a fixed one.</summary>
    public GroupDroSettings? GroupDro { get; init; }
}
