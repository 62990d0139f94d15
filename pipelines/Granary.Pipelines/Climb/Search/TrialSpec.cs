using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>A trial as files hold it: with its weights by name; a line of rounds/rN/proposals.jsonl.</summary>
public sealed record TrialSpec
{
    /// <summary>The trial's id.</summary>
    public required string Id { get; init; }

    /// <summary>The round, from 1.</summary>
    public required int Round { get; init; }

    /// <summary>The place in the round, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Why it is tried.</summary>
    public required TrialOrigin Origin { get; init; }

    /// <summary>What is trained.</summary>
    public required TrialKind Kind { get; init; }

    /// <summary>Chooses initial weights and order of data.</summary>
    public required long Seed { get; init; }

    /// <summary>The trial whose model is the reference; null without.</summary>
    public string? Reference { get; init; }

    /// <summary>How its mixture moves; null for a fixed one.</summary>
    public GroupDroSettings? GroupDro { get; init; }

    /// <summary>The mixture by the components' names.</summary>
    public required IReadOnlyDictionary<string, double> Weights { get; init; }

    /// <summary>What the round's predictor said it would score; NaN without one.</summary>
    public double Predicted { get; init; } = double.NaN;

    /// <summary>A trial as files hold it.</summary>
    public static TrialSpec Of(Trial trial, MixtureSpace space, double predicted = double.NaN)
    {
        ArgumentNullException.ThrowIfNull(trial);
        ArgumentNullException.ThrowIfNull(space);
        return new TrialSpec
        {
            Id = trial.Id,
            Round = trial.Round,
            Index = trial.Index,
            Origin = trial.Origin,
            Kind = trial.Kind,
            Seed = trial.Seed,
            Reference = trial.Reference,
            GroupDro = trial.GroupDro,
            Weights = space.ByName(trial.Weights),
            Predicted = predicted,
        };
    }

    /// <summary>The trial, with its weights in the order of a space's components.</summary>
    /// <exception cref="ArgumentException">The space has other components.</exception>
    public Trial In(MixtureSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        return new Trial
        {
            Id = Id,
            Round = Round,
            Index = Index,
            Weights = space.InOrder(Weights),
            Origin = Origin,
            Kind = Kind,
            Seed = Seed,
            Reference = Reference,
            GroupDro = GroupDro,
        };
    }
}
