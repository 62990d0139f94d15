namespace Granary.Training.Parallel;

/// <summary>What a step came to over all ranks, the same bits on each.</summary>
/// <param name="Losses">The losses.</param>
/// <param name="Norm">The norm of all gradients.</param>
/// <param name="Stops">Whether the run stops after the step; null where a rank decides alone, when it is asked.</param>
/// <param name="Saves">Whether a checkpoint is written after the step; null where a rank decides alone, when it is asked.</param>
internal sealed record StepOutcome(StepLoss Losses, double Norm, bool? Stops = null, bool? Saves = null);
