using Granary.Models.Language;
using Granary.Training.Objectives;

namespace Granary.Training;

/// <summary>Runs a step's views forward and back, one after the other.</summary>
internal static class StepViews
{
    /// <summary>Makes the gradients those of the views, and adds their losses.</summary>
    internal static void Run(LanguageModel model, IEnumerable<ObjectiveView> views, LossLaw law, StepLoss losses)
    {
        model.ClearGradients();
        foreach (var view in views)
        {
            ViewPass.Run(model, view, law, losses);
        }
    }
}
