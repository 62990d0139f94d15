using Granary.Pipelines.Climb.Clustering;

namespace Granary.Pipelines.Climb.Report;

/// <summary>What a report tells beside what a search's own files hold.</summary>
public record ReportHead
{
    /// <summary>What the search is called: the run's name.</summary>
    public required string Name { get; init; }

    /// <summary>The method, as <c>search.type</c> says it.</summary>
    public required string Method { get; init; }

    /// <summary>The clusters, where components are clusters; a card belongs to the component of its name.</summary>
    public IReadOnlyList<ClusterCard> Clusters { get; init; } = [];

    /// <summary>What the score is, in a few words: "held-out nats a token of docs".</summary>
    public string Objective { get; init; } = "score";

    /// <summary>Tokens that the target is trained on, for epochs; 0 where that is not known.</summary>
    public long TargetTokens { get; init; }

    /// <summary>Parameters of the proxies' model, for the limits; 0 where that is not known.</summary>
    public long ProxyParameters { get; init; }

    /// <summary>What else a reader may want to know, in this order: seed, hashes, versions.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Facts { get; init; } = [];

    /// <summary>The configuration of the search, as YAML; empty for none.</summary>
    public string Configuration { get; init; } = string.Empty;

    /// <summary>The command that makes the search again; empty where there is none.</summary>
    public string Command { get; init; } = string.Empty;
}
