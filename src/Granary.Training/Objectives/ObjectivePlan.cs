namespace Granary.Training.Objectives;

/// <summary>What some rows are made into: calls of the model, each with what it must say.</summary>
/// <param name="Views">The calls.</param>
public sealed record ObjectivePlan(IReadOnlyList<ObjectiveView> Views);
