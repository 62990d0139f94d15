using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>What a search's folder is of: search.json, which is written first and never changed.</summary>
public sealed record SearchHead
{
    /// <summary>Everything that decides a trial's result beside the trial, such as the resolved settings of proxies and objective. Those of the search are in each trial's id.</summary>
    public required string Settings { get; init; }

    /// <summary>What is mixed.</summary>
    public required IReadOnlyList<MixtureComponent> Components { get; init; }

    /// <summary>The largest weight of each component.</summary>
    public required IReadOnlyList<double> MaxWeights { get; init; }
}
