namespace Granary.Cluster.Grains;

/// <summary>Where a round of a search stands.</summary>
public sealed record MixtureRound
{
    /// <summary>Which round, from 0.</summary>
    public required int Round { get; init; }

    /// <summary>Trials that are done.</summary>
    public required int Done { get; init; }

    /// <summary>Trials that run.</summary>
    public required int Running { get; init; }

    /// <summary>Trials that failed.</summary>
    public required int Failed { get; init; }

    /// <summary>The best trial so far, of all rounds; null before one is done.</summary>
    public MixtureBest? Best { get; init; }
}
