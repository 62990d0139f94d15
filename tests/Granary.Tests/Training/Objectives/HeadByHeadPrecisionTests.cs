using Granary.Core.Randomness;
using Granary.Models.Ahead;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Testing;
using Granary.Torch;
using Granary.Torch.Operators;

namespace Granary.Training.Objectives.Tests;

/// <summary>Heads run back one by one against their joint loss, in double precision: what is left is no rounding of fp32.</summary>
public sealed class HeadByHeadPrecisionTests : TensorFixture
{
    private static readonly LlamaConfig Model = new() { HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = 32, TieWordEmbeddings = true };

    private static IEnumerable<TestCaseData> Objectives()
    {
        yield return new TestCaseData(new MultiTokenConfig { Tokens = 4, Weight = 0.7 }).SetArgDisplayNames("parallel");
        yield return new TestCaseData(new MultiTokenConfig { Tokens = 4, Heads = AheadKind.Sequential }).SetArgDisplayNames("sequential");
        yield return new TestCaseData(new FutureTokenConfig { Tokens = 4, DecoderLayers = 2, PseudoTokens = 3, Stride = 2 }).SetArgDisplayNames("future");
    }

    [TestCaseSource(nameof(Objectives))]
    public void Gradients_agree_to_a_part_in_ten_to_the_twelfth(ObjectiveConfig objective)
    {
        using var model = ObjectiveCases.ModelFor(objective, Model, new ComposedKernels());
        MakeDouble(model);
        var plan = objective.Build().Prepare(ObjectiveCases.RowsOf(arePacked: true), RandomKey.FromSeed(1));

        model.ClearGradients();
        ViewPass.Run(model, plan);
        var headByHead = model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.grad!.clone());
        model.ClearGradients();
        RunJointly(model, plan);

        foreach (var (name, parameter) in model.named_parameters())
        {
            Assert.That(parameter.grad!.dtype, Is.EqualTo(ScalarType.Float64));
            TensorAssert.AreClose(headByHead[name], parameter.grad, 1e-12, 1e-14, name);
        }
    }

    // The parameters stay the objects that the modules hold.
    private static void MakeDouble(LanguageModel model)
    {
        using var recording = torch.no_grad();
        var setData = Operator.Find("aten::set_data");
        foreach (var parameter in model.parameters())
        {
            setData.CallVoid(parameter, parameter.detach().to(ScalarType.Float64));
        }
    }

    // The slow, obvious form: all losses in one graph.
    private static void RunJointly(LanguageModel model, ObjectivePlan plan)
    {
        using var cuts = new GradientCuts();
        var law = new LossLaw([plan]);
        var view = plan.Views.Single();
        var states = model.Trunk(view.ToInput(model.Spec));
        var joint = torch.tensor(0.0, ScalarType.Float64);
        foreach (var target in view.Targets)
        {
            var output = model.Read(states, target.ToCall(view.Rows, view.Length), cuts);
            var weights = target.Weights is { } given ? torch.tensor(given.Span) : null;
            joint += model.LossSum(output.Rows_MC, torch.tensor(target.Labels.Span), weights) * law.ScaleOf(target);
            states = output.States;
        }

        joint.backward(retain_graph: true);
        cuts.Backward(); // the modules of a chain cut between themselves, and the first of them reads the trunk once more
    }
}
