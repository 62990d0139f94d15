namespace Granary.Pipelines.Climb.Simulation;

/// <summary>How a method did in made-up worlds, a number for each seed.</summary>
public sealed record SimulationOutcome
{
    /// <summary>The method's name.</summary>
    public required string Method { get; init; }

    /// <summary>Trials that each search made.</summary>
    public required int Trials { get; init; }

    /// <summary>What the chosen mixture truly scores.</summary>
    public required IReadOnlyList<double> Test { get; init; }

    /// <summary>How far that is above the score of the world's best mixture.</summary>
    public required IReadOnlyList<double> Regret { get; init; }

    /// <summary>The share of the way from the uniform mixture's score to the best one's.</summary>
    public required IReadOnlyList<double> GapClosed { get; init; }

    /// <summary>The sum of the differences between the chosen weights and the best ones.</summary>
    public required IReadOnlyList<double> Distance { get; init; }
}
