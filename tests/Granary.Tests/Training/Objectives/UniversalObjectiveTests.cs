using Granary.Data.Batching;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Testing;
using Granary.Torch;

namespace Granary.Training.Objectives.Tests;

/// <summary>What holds for every objective, with both sets of kernels.</summary>
[TestFixture(typeof(ComposedKernels))]
[TestFixture(typeof(FusedKernels))]
public sealed class UniversalObjectiveTests<TKernels> : TensorFixture
    where TKernels : ILayerKernels, new()
{
    // Sums over other groups of rows, in fp32.
    private const double Rounding = 1e-6;

    private static IEnumerable<TestCaseData> Cases => ObjectiveCases.All();

    [TestCaseSource(nameof(Cases))]
    public void A_rows_plan_is_the_same_whatever_rows_stand_beside_it(ObjectiveConfig objective, ModelConfig config)
    {
        foreach (var arePacked in new[] { false, true })
        {
            var rows = ObjectiveCases.RowsOf(arePacked);
            var whole = Prepare(objective, rows);

            for (var row = 0; row < rows.Rows; row++)
            {
                var alone = Prepare(objective, ObjectiveCases.Slice(rows, row, 1));

                for (var view = 0; view < whole.Views.Count; view++)
                {
                    AssertIsRow(whole.Views[view], alone.Views[view], row);
                }
            }
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void The_gradients_are_those_of_any_split_of_the_step(ObjectiveConfig objective, ModelConfig config)
    {
        using var model = ObjectiveCases.ModelFor(objective, config, new TKernels());
        var rows = ObjectiveCases.RowsOf(arePacked: true);

        var (loss, gradients) = Run(model, [Prepare(objective, rows)]);
        var (splitLoss, splitGradients) = Run(model, [Prepare(objective, ObjectiveCases.Slice(rows, 0, 1)), Prepare(objective, ObjectiveCases.Slice(rows, 1, 2))]);

        Assert.That(splitLoss, Is.EqualTo(loss).Within(Rounding * Math.Abs(loss)));
        foreach (var (name, gradient) in gradients)
        {
            TensorAssert.AreClose(splitGradients[name], gradient, 1e-4, Rounding, name);
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void What_a_position_may_not_see_changes_no_bit_of_its_logits(ObjectiveConfig objective, ModelConfig config)
    {
        using var recording = torch.no_grad();
        using var model = ObjectiveCases.ModelFor(objective, config, new TKernels());
        foreach (var arePacked in new[] { false, true })
        {
            foreach (var view in Prepare(objective, ObjectiveCases.RowsOf(arePacked)).Views)
            {
                var seen = view.Mask.ToMask(view.Rows, view.Length).ToDense(view.Length, view.Length).to(ScalarType.Int32).expand([view.Rows, 1, view.Length, view.Length]).contiguous().data<int>().ToArray();
                foreach (var position in new[] { 0, 5, 9, 12, 17 })
                {
                    var changed = Changed(view, place => seen[(((place / view.Length * view.Length) + position) * view.Length) + (place % view.Length)] == 0);

                    AssertSameLogits(model, view, changed, position);
                }
            }
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void A_step_without_targets_has_a_finite_loss_and_no_gradient(ObjectiveConfig objective, ModelConfig config)
    {
        using var model = ObjectiveCases.ModelFor(objective, config, new TKernels());
        var rows = ObjectiveCases.RowsOf(arePacked: true);
        var ignored = new long[rows.Targets.Length];
        Array.Fill(ignored, TokenBatch.IgnoredTarget);

        var (loss, gradients) = Run(model, [Prepare(objective, rows with { Targets = ignored, Segments = new int[ignored.Length] })]);

        Assert.That(loss, Is.Zero);
        Assert.That(gradients.Values.All(gradient => gradient.abs().max().item() == 0), Is.True);
    }

    [TestCaseSource(nameof(Cases))]
    public void The_same_key_gives_the_same_plan_and_no_label_is_one_that_nobody_predicts(ObjectiveConfig objective, ModelConfig config)
    {
        var vocabulary = ObjectiveCases.TokenizerFor(objective).VocabularySize;
        foreach (var arePacked in new[] { false, true })
        {
            var (first, second) = (Prepare(objective, ObjectiveCases.RowsOf(arePacked)), Prepare(objective, ObjectiveCases.RowsOf(arePacked)));

            foreach (var (view, again) in first.Views.Zip(second.Views))
            {
                Assert.That(again.Inputs.ToArray(), Is.EqualTo(view.Inputs.ToArray()));
                Assert.That(view.Inputs.ToArray(), Is.All.InRange(0, vocabulary - 1));
                foreach (var target in view.Targets)
                {
                    Assert.That(target.Labels.ToArray().Where(label => label != TokenBatch.IgnoredTarget), Is.All.InRange(0, vocabulary - 1));
                    Assert.That(target.Labels, Has.Length.EqualTo(view.Rows * view.Length * target.Width));
                }
            }
        }
    }

    private static ObjectivePlan Prepare(ObjectiveConfig objective, BatchSlice rows)
    {
        return objective.Build(ObjectiveCases.TokenizerFor(objective)).Prepare(rows, ObjectiveCases.Key);
    }

    private static void AssertIsRow(ObjectiveView whole, ObjectiveView alone, int row)
    {
        var (start, length) = (row * whole.Length, whole.Length);
        Assert.That(alone.Inputs.ToArray(), Is.EqualTo(whole.Inputs.Slice(start, length).ToArray()));
        foreach (var (target, of) in alone.Targets.Zip(whole.Targets))
        {
            Assert.That(target.Labels.ToArray(), Is.EqualTo(of.Labels.Slice(start * of.Width, length * of.Width).ToArray()));
            Assert.That(target.Weights?.ToArray(), Is.EqualTo(of.Weights?.Slice(start * of.Width, length * of.Width).ToArray()));
            Assert.That(target.Given.ToArray(), Is.EqualTo(of.Given.IsEmpty ? [] : of.Given.Slice(start * of.Width, length * of.Width).ToArray()));
        }
    }

    private static (double Loss, Dictionary<string, Tensor> Gradients) Run(LanguageModel model, IReadOnlyList<ObjectivePlan> plans)
    {
        var law = new LossLaw(plans);
        var losses = new StepLoss(law);
        model.ClearGradients();
        foreach (var view in plans.SelectMany(plan => plan.Views))
        {
            ViewPass.Run(model, view, law, losses);
        }

        return (losses.Total, model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.grad?.clone() ?? torch.zeros_like(entry.parameter)));
    }

    private static ObjectiveView Changed(ObjectiveView view, Func<int, bool> isUnseen)
    {
        return view with
        {
            Inputs = Other(view.Inputs, isUnseen),
            Targets = [.. view.Targets.Select(target => target with { Given = Other(target.Given, place => isUnseen(place / target.Width)) })],
        };
    }

    private static long[] Other(ReadOnlyMemory<long> ids, Func<int, bool> isUnseen)
    {
        return [.. ids.ToArray().Select((id, place) => isUnseen(place) ? (id + 7) % 200 : id)];
    }

    private static void AssertSameLogits(LanguageModel model, ObjectiveView view, ObjectiveView changed, int position)
    {
        using var scope = torch.NewDisposeScope();
        foreach (var (before, after) in Logits(model, view).Zip(Logits(model, changed)))
        {
            var shape = new[] { view.Rows, view.Length, before.size(0) / (view.Rows * view.Length), before.size(1) };
            TensorAssert.AreEqual(after.view(shape).narrow(1, position, 1), before.view(shape).narrow(1, position, 1), $"position {position}");
        }
    }

    private static List<Tensor> Logits(LanguageModel model, ObjectiveView view)
    {
        using var cuts = new GradientCuts();
        var states = model.Trunk(view.ToInput(model.Spec));
        var logits = new List<Tensor>();
        foreach (var target in view.Targets)
        {
            var output = model.Read(states, target.ToCall(view.Rows, view.Length), cuts);
            logits.Add(model.Logits(output.Rows_MC));
            states = output.States;
        }

        return logits;
    }
}
