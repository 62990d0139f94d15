using Granary.Training.Objectives;

namespace Granary.Training.Parallel;

/// <summary>What a step is over all ranks.</summary>
/// <param name="Law">What losses are multiplied by.</param>
/// <param name="Tokens">Positions of all rows.</param>
/// <param name="Passes">The most calls of the model that a rank has.</param>
internal sealed record StepPlan(LossLaw Law, long Tokens, int Passes);
