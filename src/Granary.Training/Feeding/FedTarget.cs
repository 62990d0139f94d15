using Granary.Models.Language;
using Granary.Torch;
using Granary.Training.Objectives;

namespace Granary.Training.Feeding;

/// <summary>What one head must say, as tensors.</summary>
/// <param name="Source">The numbers.</param>
/// <param name="Call">The call of the head.</param>
/// <param name="Labels_M">A label for each of the head's rows.</param>
/// <param name="Weights_M">Their weights; null for 1 each.</param>
/// <param name="Scale">What the summed loss is multiplied by, float64: it differs from step to step.</param>
internal sealed record FedTarget(ObjectiveTarget Source, HeadCall Call, Tensor Labels_M, Tensor? Weights_M, Tensor Scale)
{
    /// <summary>Whether the head is not run, because it looks at single positions and none is asked.</summary>
    internal static bool IsSilent(ObjectiveTarget target) => target.Labels.IsEmpty && target.Head == HeadCall.Future;

    /// <summary>Feeds a target of a view.</summary>
    internal static FedTarget Of(ObjectiveTarget target, ObjectiveView view, double scale, ITensorFeed feed)
    {
        var call = target.ToCall(view.Rows, view.Length, feed);
        var labels_M = feed.Next(target.Labels.Span, target.Labels.Length);
        var weights_M = target.Weights is { } weights ? feed.Next(weights.Span, weights.Length) : null;
        return new FedTarget(target, call, labels_M, weights_M, feed.Next<double>([scale]));
    }
}
