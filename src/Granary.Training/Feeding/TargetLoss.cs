using Granary.Torch;
using Granary.Training.Objectives;

namespace Granary.Training.Feeding;

/// <summary>The scaled loss of a target, which may still be computed.</summary>
/// <param name="Target">The target.</param>
/// <param name="Parts">What it is the sum of, one number each; its owner frees them.</param>
internal sealed record TargetLoss(ObjectiveTarget Target, IReadOnlyList<Tensor> Parts);
