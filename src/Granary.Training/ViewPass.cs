using Granary.Models.Language;
using Granary.Torch;
using Granary.Training.Objectives;

namespace Granary.Training;

/// <summary>Runs a view forward and back.</summary>
/// <remarks>
/// With several targets the graph is cut at the trunk's end. Each head is run, its loss taken back to the cut and its logits
/// freed before the next is built, so that never more than one matrix of rows times vocabulary lives; the trunk is run back
/// once, with the sum of the heads' gradients (Gloeckle et al., arXiv 2404.19737, section 2).
/// </remarks>
internal static class ViewPass
{
    /// <summary>Adds the view's gradients, scaled, and its losses.</summary>
    internal static void Run(LanguageModel model, ObjectiveView view, LossLaw law, StepLoss losses)
    {
        using var scope = torch.NewDisposeScope();
        using var cuts = new GradientCuts();

        // A head that has no targets in the whole step is not run.
        var targets = view.Targets.Where(target => law.Denominators[target.Name] > 0).ToList();
        if (targets.Count == 0)
        {
            return;
        }

        var states = model.Trunk(view.ToInput(model.Spec));
        if (targets.Count > 1)
        {
            states = states with { Hidden_NC = cuts.Cut(states.Hidden_NC) };
        }

        foreach (var target in targets)
        {
            using var head = torch.NewDisposeScope();
            var output = model.Read(states, target.ToCall(view.Rows, view.Length), cuts);
            var weights_M = target.Weights is { } weights ? torch.tensor(weights.Span) : null;
            var loss = model.LossSum(output.Rows_MC, torch.tensor(target.Labels.Span), weights_M) * law.ScaleOf(target);
            loss.backward();
            losses.Add(target, loss.item());
            states = output.States;
        }

        cuts.Backward();
    }

    /// <summary>The same for a plan on its own; its loss.</summary>
    internal static double Run(LanguageModel model, ObjectivePlan plan)
    {
        var law = new LossLaw([plan]);
        var losses = new StepLoss(law);
        foreach (var view in plan.Views)
        {
            Run(model, view, law, losses);
        }

        return losses.Total;
    }
}
