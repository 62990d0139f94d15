namespace Granary.Training;

/// <summary>How a run ended.</summary>
/// <param name="State">Where it stands.</param>
/// <param name="IsComplete">Whether all steps are done; otherwise it was interrupted and can go on.</param>
/// <param name="FinalLoss">The last step's loss in nats a token; NaN when no step was taken.</param>
public sealed record TrainingOutcome(TrainerState State, bool IsComplete, double FinalLoss);
