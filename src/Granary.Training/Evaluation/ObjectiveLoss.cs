namespace Granary.Training.Evaluation;

/// <summary>An objective's loss on texts.</summary>
/// <param name="Documents">Texts.</param>
/// <param name="Tokens">Their tokens.</param>
/// <param name="Loss">The loss in nats, as the objective's steps report it.</param>
public readonly record struct ObjectiveLoss(long Documents, long Tokens, double Loss);
