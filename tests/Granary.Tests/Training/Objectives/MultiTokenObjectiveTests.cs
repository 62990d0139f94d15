using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Models.Ahead;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Testing;
using Granary.Torch;

namespace Granary.Training.Objectives.Tests;

public sealed class MultiTokenObjectiveTests : TensorFixture
{
    private static readonly LlamaConfig Model = new() { HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = 32 };

    [Test]
    public void Each_head_is_asked_for_the_token_its_distance_on_inside_the_document()
    {
        var rows = new BatchSlice(1, 6, new long[] { 1, 2, 3, 4, 5, 6 }, new long[] { 2, 3, -100, 5, 6, 7 }, default, new[] { 1, 1, 1, 2, 2, 2 }, new long[] { 0, 1, 2, 0, 1, 2 });

        var targets = new MultiTokenConfig { Tokens = 3 }.Build().Prepare(rows, RandomKey.FromSeed(1)).Views.Single().Targets;

        Assert.That(targets.Select(target => target.Head), Is.EqualTo(new[] { "main", "ahead.2", "ahead.3" }));
        Assert.That(targets[0].Labels.ToArray(), Is.EqualTo(new long[] { 2, 3, -100, 5, 6, 7 }));
        Assert.That(targets[1].Labels.ToArray(), Is.EqualTo(new long[] { 3, -100, -100, 6, 7, -100 }));
        Assert.That(targets[2].Labels.ToArray(), Is.EqualTo(new long[] { -100, -100, -100, 7, -100, -100 }));
        Assert.That(targets.Select(target => target.Denominator), Is.EqualTo(new[] { 5.0, 3.0, 1.0 }));
    }

    [Test]
    public void A_head_has_as_many_labels_as_its_documents_are_longer_than_its_distance()
    {
        var rows = ObjectiveCases.RowsOf(arePacked: true);

        var targets = new MultiTokenConfig { Tokens = 6 }.Build().Prepare(rows, RandomKey.FromSeed(1)).Views.Single().Targets;

        // Documents of 10 and 9 tokens, three rows of them.
        var expected = Enumerable.Range(1, 6).Select(distance => 3.0 * (Math.Max(0, 10 - distance) + Math.Max(0, 9 - distance)));
        Assert.That(targets.Select(target => target.Denominator), Is.EqualTo(expected));
    }

    [Test]
    public void Module_k_is_told_the_token_k_positions_on()
    {
        var rows = new BatchSlice(1, 4, new long[] { 1, 2, 3, 4 }, new long[] { 2, 3, 4, 5 }, default);

        var targets = new MultiTokenConfig { Tokens = 3, Heads = AheadKind.Sequential }.Build().Prepare(rows, RandomKey.FromSeed(1)).Views.Single().Targets;

        Assert.That(targets[1].Given.ToArray(), Is.EqualTo(new long[] { 2, 3, 4, 5 }));
        Assert.That(targets[2].Given.ToArray(), Is.EqualTo(new long[] { 3, 4, 5, 0 }));
        Assert.That(targets[2].Labels.ToArray(), Is.EqualTo(new long[] { 4, 5, -100, -100 }));
    }

    [TestCase(AheadKind.Parallel)]
    [TestCase(AheadKind.Sequential)]
    public void One_token_is_next_token_bit_for_bit(AheadKind kind)
    {
        var rows = ObjectiveCases.RowsOf(arePacked: true);

        var (plain, single) = (Gradients(new NextTokenConfig(), rows), Gradients(new MultiTokenConfig { Tokens = 1, Heads = kind }, rows));

        Assert.That(single.Keys, Is.EqualTo(plain.Keys));
        foreach (var (name, gradient) in plain)
        {
            TensorAssert.AreEqual(single[name], gradient, name);
        }
    }

    [TestCase(AheadKind.Parallel)]
    [TestCase(AheadKind.Sequential)]
    public void Heads_run_back_one_by_one_give_the_gradients_of_their_joint_loss(AheadKind kind)
    {
        var objective = new MultiTokenConfig { Tokens = 3, Heads = kind, Weight = 0.7 };
        var rows = ObjectiveCases.RowsOf(arePacked: true);

        var cut = Gradients(objective, rows);
        var joint = JointGradients(objective, rows);

        foreach (var (name, gradient) in joint)
        {
            TensorAssert.AreClose(cut[name], gradient, 1e-4, 1e-7, name);
        }
    }

    [TestCase(AheadKind.Parallel)]
    [TestCase(AheadKind.Sequential)]
    public void A_head_without_weight_gets_no_gradient_and_leaves_the_others_theirs(AheadKind kind)
    {
        var rows = ObjectiveCases.RowsOf(arePacked: true);

        var plain = Gradients(new NextTokenConfig(), rows);
        var silent = Gradients(new MultiTokenConfig { Tokens = 2, Heads = kind, Weight = 0 }, rows);

        Assert.That(silent.Where(entry => entry.Key.StartsWith("ahead", StringComparison.Ordinal)).All(entry => entry.Value.abs().max().item() == 0), Is.True);
        foreach (var (name, gradient) in plain)
        {
            TensorAssert.AreClose(silent[name], gradient, 1e-5, 1e-8, name);
        }
    }

    [Test]
    public void Module_k_reads_the_token_it_is_told_and_none_behind_it()
    {
        using var recording = torch.no_grad();
        var objective = new MultiTokenConfig { Tokens = 2, Heads = AheadKind.Sequential };
        using var model = Build(objective);
        var view = objective.Build().Prepare(ObjectiveCases.RowsOf(arePacked: false), RandomKey.FromSeed(1)).Views.Single();

        var before = AheadLogits(model, view);
        var told = view.Targets[1].Given.ToArray();
        told[7] = (told[7] + 1) % 200;
        var after = AheadLogits(model, view with { Targets = [view.Targets[0], view.Targets[1] with { Given = told }] });

        TensorAssert.AreEqual(after.narrow(0, 0, 7), before.narrow(0, 0, 7));
        Assert.That(after.narrow(0, 7, 1).allclose(before.narrow(0, 7, 1)), Is.False);
    }

    [Test]
    public void More_tokens_than_a_row_has_are_refused()
    {
        var errors = new ConfigurationErrors();

        new MultiTokenConfig { Tokens = 65 }.ValidateWith(longestRow: 64, Model, "objective", errors);

        Assert.That(Assert.Throws<ConfigurationException>(() => errors.ThrowIfAny("run.yaml"))!.Message, Does.Contain("objective.tokens").And.Contain("65").And.Contain("64 tokens"));
    }

    [Test]
    public void Parallel_heads_on_a_model_of_one_block_are_refused()
    {
        var errors = new ConfigurationErrors();

        new MultiTokenConfig().ValidateWith(longestRow: 64, Model with { NumHiddenLayers = 1 }, "objective", errors);

        Assert.That(Assert.Throws<ConfigurationException>(() => errors.ThrowIfAny("run.yaml"))!.Message, Does.Contain("two or more blocks"));
    }

    [TestCase(AheadKind.Parallel, 4)]
    [TestCase(AheadKind.Sequential, 3)]
    public void Parameters_are_counted_with_the_heads(AheadKind kind, int tokens)
    {
        using var model = Build(new MultiTokenConfig { Tokens = tokens, Heads = kind });

        Assert.That(model.parameters().Sum(parameter => parameter.numel()), Is.EqualTo(model.Spec.ParameterCount()));
    }

    private static LanguageModel Build(ObjectiveConfig objective)
    {
        return ObjectiveCases.ModelFor(objective, Model, new ComposedKernels());
    }

    private static Dictionary<string, Tensor> Gradients(ObjectiveConfig objective, BatchSlice rows)
    {
        using var model = Build(objective);
        model.ClearGradients();
        ViewPass.Run(model, objective.Build().Prepare(rows, RandomKey.FromSeed(1)));
        return GradientsOf(model);
    }

    // The slow, obvious form: all losses in one graph.
    private static Dictionary<string, Tensor> JointGradients(ObjectiveConfig objective, BatchSlice rows)
    {
        using var model = Build(objective);
        using var off = new GradientCuts();
        var plan = objective.Build().Prepare(rows, RandomKey.FromSeed(1));
        var law = new LossLaw([plan]);
        var view = plan.Views.Single();
        model.ClearGradients();
        var states = model.Trunk(view.ToInput(model.Spec));
        var losses = new List<Tensor>();
        foreach (var target in view.Targets)
        {
            var output = model.Read(states, target.ToCall(view.Rows, view.Length), off);
            losses.Add(model.LossSum(output.Rows_MC, torch.tensor(target.Labels.Span)) * law.ScaleOf(target));
            states = output.States;
        }

        losses.Aggregate((sum, loss) => sum + loss).backward(retain_graph: true);
        off.Backward(); // modules of a chain cut between themselves, and end in the trunk that the main loss ran through
        return GradientsOf(model);
    }

    private static Tensor AheadLogits(LanguageModel model, ObjectiveView view)
    {
        using var cuts = new GradientCuts();
        return model.Logits(model.Read(model.Trunk(view.ToInput(model.Spec)), view.Targets[1].ToCall(view.Rows, view.Length), cuts).Rows_MC);
    }

    private static Dictionary<string, Tensor> GradientsOf(LanguageModel model)
    {
        return model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.grad?.clone() ?? torch.zeros_like(entry.parameter));
    }
}
