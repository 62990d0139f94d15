namespace Granary.Cluster.Grains;

/// <summary>The rounds of a search as they were reported last.</summary>
internal sealed record MixtureSearchState
{
    /// <summary>More rounds than a search can have.</summary>
    public const int MostRounds = 10_000;

    public IReadOnlyList<MixtureRound> Rounds { get; init; } = [];

    public DateTimeOffset Reported { get; init; }

    /// <summary>What cannot be said of a round, as a sentence; null where it can.</summary>
    public static string? FaultOf(MixtureRound round)
    {
        if (round.Round is < 0 or >= MostRounds)
        {
            return $"The round is '{round.Round}' but must be from 0 to {MostRounds - 1}.";
        }

        if (Math.Min(round.Done, Math.Min(round.Running, round.Failed)) < 0)
        {
            return $"The trials of round {round.Round} are '{round.Done}' done, '{round.Running}' running and '{round.Failed}' failed, but none may be below 0.";
        }

        return round.Best is { } best && !best.Weights.Values.Append(best.Value).All(double.IsFinite)
            ? $"The best trial '{best.Trial}' has the value '{best.Value}', but value and weights must be finite."
            : null;
    }

    public MixtureSearchState Report(MixtureRound round, DateTimeOffset now)
    {
        return new MixtureSearchState { Rounds = [.. Rounds.Where(other => other.Round != round.Round).Append(round).OrderBy(other => other.Round)], Reported = now };
    }

    public MixtureSearchSnapshot? Snapshot(string job)
    {
        return Rounds.Count == 0 ? null : new MixtureSearchSnapshot(job, Rounds, Rounds.LastOrDefault(round => round.Best is not null)?.Best, Reported);
    }
}
