using System.Collections.ObjectModel;
using System.Text.Json.Serialization;

namespace Granary.Pipelines.Climb.Search;

/// <summary>What came of a trial.</summary>
public sealed record TrialResult
{
    /// <summary>The trial.</summary>
    public required string Id { get; init; }

    /// <summary>The search's objective, lower is better: the weighted sum of the declared metrics. NaN where it failed.</summary>
    public required double Score { get; init; }

    /// <summary>Why there is no score, in a sentence; null where there is one. A failed trial is never counted as a bad one.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether there is no score.</summary>
    [JsonIgnore]
    public bool HasFailed => !double.IsFinite(Score);

    /// <summary>Every metric that was measured, by name: a source's held-out loss, a task's score.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = ReadOnlyDictionary<string, double>.Empty;

    /// <summary>
    /// Nats that each held-out document of the objective cost, in a fixed order, for methods that mix models' likelihoods
    /// (MixMin); empty where they were not kept.
    /// </summary>
    public IReadOnlyList<double> DocumentNats { get; init; } = [];

    /// <summary>The tokens of each of these documents.</summary>
    public IReadOnlyList<long> DocumentTokens { get; init; } = [];

    /// <summary>The mixture that the trial itself arrived at, in the components' order (DoReMi); empty for a fixed mixture.</summary>
    public IReadOnlyList<double> LearnedWeights { get; init; } = [];

    /// <summary>The share of the tokens that each component had, by name; empty where that is unknown.</summary>
    public IReadOnlyDictionary<string, double> Realised { get; init; } = ReadOnlyDictionary<string, double>.Empty;

    /// <summary>How often each component's tokens were gone through, by name; empty where that is unknown.</summary>
    public IReadOnlyDictionary<string, double> Epochs { get; init; } = ReadOnlyDictionary<string, double>.Empty;

    /// <summary>The loss while it trained, as (tokens, nats a token); for curves.</summary>
    public IReadOnlyList<CurvePoint> Curve { get; init; } = [];

    /// <summary>Tokens trained on.</summary>
    public long Tokens { get; init; }

    /// <summary>Seconds it took.</summary>
    public double Seconds { get; init; }
}
