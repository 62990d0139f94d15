namespace Granary.Training.GroupDro;

/// <summary>What group DRO arrived at.</summary>
/// <param name="Weights">The weight of each domain, the average over all steps taken; they sum to 1.</param>
/// <param name="Training">How the proxy's training ended.</param>
public sealed record GroupDroOutcome(IReadOnlyList<double> Weights, TrainingOutcome Training);
