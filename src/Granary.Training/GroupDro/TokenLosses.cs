using Granary.Models.Language;
using Granary.Torch;
using Granary.Training.Objectives;

namespace Granary.Training.GroupDro;

/// <summary>What each token of a view costs a model, without gradients.</summary>
internal static class TokenLosses
{
    /// <summary>The loss of each label of the view's first target in nats, [B * T]; of a label that is ignored, whatever it may be.</summary>
    internal static float[] Of(LanguageModel model, ObjectiveView view)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        using var cuts = new GradientCuts();
        var target = view.Targets[0];
        var states = model.Trunk(view.ToInput(model.Spec));
        var logits_MV = model.Logits(model.Read(states, target.ToCall(view.Rows, view.Length), cuts).Rows_MC);
        var labels_M1 = torch.tensor(target.Labels.Span, [target.Labels.Length, 1]).clamp(min: 0L);
        return logits_MV.to(ScalarType.Float32).log_softmax(-1).gather(1, labels_M1).neg().to_array<float>();
    }
}
