using System.Collections.ObjectModel;
using Granary.Pipelines.Climb.Clustering;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Search;

namespace Granary.Pipelines.Climb.Report;

/// <summary>All that a report on a search tells of.</summary>
public sealed record SearchRecord
{
    /// <summary>What the search is called: the run's name.</summary>
    public required string Name { get; init; }

    /// <summary>The method, as <c>search.type</c> says it.</summary>
    public required string Method { get; init; }

    /// <summary>What is mixed.</summary>
    public required MixtureSpace Space { get; init; }

    /// <summary>All trials that ended, failed ones too, by round and index.</summary>
    public required IReadOnlyList<FinishedTrial> Trials { get; init; }

    /// <summary>The mixture; null while the search goes on.</summary>
    public MixtureChoice? Choice { get; init; }

    /// <summary>The predictors' fits that each round was proposed from, the one that was used first.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<PredictorFit>> Fits { get; init; } = ReadOnlyDictionary<int, IReadOnlyList<PredictorFit>>.Empty;

    /// <summary>By trial, what the round's predictor said of it before it ran; a trial of a round without predictor has none.</summary>
    public IReadOnlyDictionary<string, double> Predicted { get; init; } = ReadOnlyDictionary<string, double>.Empty;

    /// <summary>The clusters, where components are clusters; a card belongs to the component of its name.</summary>
    public IReadOnlyList<ClusterCard> Clusters { get; init; } = [];

    /// <summary>Attempts that ended without a result and were made again.</summary>
    public IReadOnlyList<FailedAttempt> Retries { get; init; } = [];

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
