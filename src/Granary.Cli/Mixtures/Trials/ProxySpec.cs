using Granary.Pipelines.Climb.Search;

namespace Granary.Cli.Mixtures.Trials;

/// <summary>A proxy that is to be trained: spec.json in its folder. With the run it belongs to, it decides the result.</summary>
public sealed record ProxySpec
{
    /// <summary>The name the file has in the proxy's folder.</summary>
    public const string FileName = "spec.json";

    /// <summary>The hash of all that decides the result, which is also the folder's name.</summary>
    public required string Key { get; init; }

    /// <summary>The run's folder, as a path from the proxy's.</summary>
    public required string Run { get; init; }

    /// <summary>Chooses initial weights and order of data.</summary>
    public required long Seed { get; init; }

    /// <summary>The share of each component, by name; empty for as much of each as there is.</summary>
    public required IReadOnlyDictionary<string, double> Weights { get; init; }

    /// <summary>What is trained.</summary>
    public TrialKind Kind { get; init; }

    /// <summary>The key of the proxy whose model is the reference of one that follows its losses; null without.</summary>
    public string? Reference { get; init; }

    /// <summary>How its mixture follows its losses; null for a fixed one.</summary>
    public GroupDroSettings? GroupDro { get; init; }

    /// <summary>The key of the proxy from which this one goes on; null where it begins by itself.</summary>
    public string? Trunk { get; init; }

    /// <summary>Whether it ends where others go on, so that nothing is measured and its model is kept.</summary>
    public bool IsTrunk { get; init; }

    /// <summary>Whether its model is kept, for another proxy to compare with.</summary>
    public bool KeepsModel { get; init; }
}
