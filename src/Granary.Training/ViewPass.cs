using Granary.Models.Language;
using Granary.Torch;
using Granary.Training.Feeding;
using Granary.Training.Objectives;

namespace Granary.Training;

/// <summary>Runs a view forward and back.</summary>
/// <remarks>
/// With several targets the graph is cut at the trunk's end. Each head is run, its loss taken back to the cut and its logits
/// freed before the next is built, so that never more than one matrix of positions times vocabulary lives; the trunk is run
/// back once, with the sum of the heads' gradients (Gloeckle et al., arXiv 2404.19737, section 2). A head that says several
/// tokens for each position is cut before the unembedding as well, and its rows go through it in portions of as many as
/// there are positions. A rank of a sequence axis runs what it holds of a view through the same heads, forward and back, as
/// all others do, whether labels fall on its positions or not: attention waits for every rank.
/// Nothing is read back on the way, so a device is never waited for, and a whole pass may be captured.
/// </remarks>
internal static class ViewPass
{
    /// <summary>What a <see cref="Profiler"/> counts the way back under.</summary>
    internal const string BackwardPhase = "backward";

    /// <summary>Adds the view's gradients, scaled, and its losses.</summary>
    internal static void Run(LanguageModel model, ObjectiveView view, LossLaw law, StepLoss losses)
    {
        using var scope = torch.NewDisposeScope();
        if (FedView.Of(view, law, model.Spec, FreshTensors.Instance) is { } fed)
        {
            losses.Add(Run(model, fed));
        }
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

    /// <summary>Adds a fed view's gradients; its losses, which the caller owns.</summary>
    internal static List<TargetLoss> Run(LanguageModel model, FedView view)
    {
        using var scope = torch.NewDisposeScope();
        using var cuts = new GradientCuts();
        var losses = new List<TargetLoss>(view.Targets.Count);
        var states = model.Trunk(view.Input);
        if (view.Targets.Count > 1)
        {
            states = states with { Hidden_NC = cuts.Cut(states.Hidden_NC) };
        }

        foreach (var target in view.Targets)
        {
            using var head = torch.NewDisposeScope();
            if (FedTarget.IsSilent(target.Source))
            {
                // The trunk is run back all the same.
                RunBackNothing(states.Hidden_NC);
                continue;
            }

            var output = model.Read(states, target.Call, cuts);
            losses.Add(new TargetLoss(target.Source, RunBack(model, output.Rows_MC, target, view.Positions)));
            states = output.States;
        }

        using var backward = Profiler.Phase(BackwardPhase);
        cuts.Backward();
        return losses;
    }

    // Other ranks of a sequence axis wait for this one's part in the gradients of attention.
    private static void RunBackNothing(Tensor rows) => rows.narrow(0, 0, 0).sum().backward();

    private static List<Tensor> RunBack(LanguageModel model, Tensor rows_MC, FedTarget target, int most)
    {
        using var cuts = new GradientCuts();
        var rows = (int)rows_MC.size(0);
        var leaf_MC = rows > most ? cuts.Cut(rows_MC) : rows_MC;
        var losses = new List<Tensor>();
        for (var start = 0; start < rows; start += most)
        {
            using var portion = torch.NewDisposeScope();
            var count = Math.Min(most, rows - start);
            var portion_MC = count == rows ? leaf_MC : leaf_MC.narrow(0, start, count);
            var pending = model.BeginLoss(portion_MC, target.Labels_M.narrow(0, start, count), target.Weights_M?.narrow(0, start, count), target.Scale);
            using (Profiler.Phase(BackwardPhase))
            {
                pending.Backward();
            }

            losses.Add(pending.Loss.DetachFromDisposeScope());
        }

        if (rows == 0)
        {
            RunBackNothing(rows_MC);
        }

        using var backward = Profiler.Phase(BackwardPhase);
        cuts.Backward();
        return losses;
    }
}
