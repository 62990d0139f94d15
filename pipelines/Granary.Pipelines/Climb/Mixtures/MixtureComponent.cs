namespace Granary.Pipelines.Climb.Mixtures;

/// <summary>One of the things that are mixed: a cluster, or a source.</summary>
public sealed record MixtureComponent
{
    /// <summary>What it is called in configurations and files; components are joined by name, never by position.</summary>
    public required string Name { get; init; }

    /// <summary>Tokens there are of it.</summary>
    public required long Tokens { get; init; }

    /// <summary>Its share of the tokens of all components; these sum to 1.</summary>
    public required double Prior { get; init; }
}
