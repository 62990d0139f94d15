using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Search;

namespace Granary.Pipelines.Climb.Report;

/// <summary>All that a report on a search tells of.</summary>
public sealed record SearchRecord : ReportHead
{
    /// <summary>An empty record, to be filled.</summary>
    public SearchRecord()
    {
    }

    /// <summary>A record that begins with a head.</summary>
    [SetsRequiredMembers]
    internal SearchRecord(ReportHead head, MixtureSpace space, IReadOnlyList<FinishedTrial> trials)
        : base(head)
    {
        Space = space;
        Trials = trials;
    }

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

    /// <summary>Attempts that ended without a result and were made again.</summary>
    public IReadOnlyList<FailedAttempt> Retries { get; init; } = [];
}
