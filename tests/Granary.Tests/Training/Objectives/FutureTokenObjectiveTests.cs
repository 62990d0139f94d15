using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Testing;
using Granary.Torch;

namespace Granary.Training.Objectives.Tests;

/// <summary>What holds of future token prediction, with both sets of kernels.</summary>
[TestFixture(typeof(ComposedKernels))]
[TestFixture(typeof(FusedKernels))]
public sealed class FutureTokenObjectiveTests<TKernels> : TensorFixture
    where TKernels : ILayerKernels, new()
{
    private static readonly LlamaConfig Model = new() { HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2, MaxPositionEmbeddings = 32 };
    private static readonly FutureTokenConfig Small = new() { Tokens = 4, DecoderLayers = 2, PseudoTokens = 3 };

    [Test]
    public void Each_position_says_the_tokens_behind_it_told_those_before_them_and_none_beyond_its_document()
    {
        var rows = new BatchSlice(1, 6, new long[] { 1, 2, 3, 4, 5, 6 }, new long[] { 2, 3, -100, 5, 6, 7 }, default, new[] { 1, 1, 1, 2, 2, 2 }, new long[] { 0, 1, 2, 0, 1, 2 });

        var target = Future(Small with { Tokens = 3, Gamma = 0.5 }, rows);

        Assert.That(target.Labels.ToArray(), Is.EqualTo(new long[] { 2, 3, -100, 3, -100, -100, -100, -100, -100, 5, 6, 7, 6, 7, -100, 7, -100, -100 }));
        Assert.That(target.Given.ToArray(), Is.EqualTo(new long[] { 0, 2, 3, 0, 3, 0, 0, 0, 0, 0, 5, 6, 0, 6, 7, 0, 7, 0 }));
        Assert.That(target.Weights!.Value.ToArray()[..3], Is.EqualTo(new[] { 1f, 0.5f, 0.25f }));
        Assert.That(target.Denominator, Is.EqualTo(5 + (0.5 * 3) + (0.25 * 1)));
    }

    [Test]
    public void A_stride_asks_every_second_position_for_what_all_of_them_would_say()
    {
        var rows = ObjectiveCases.RowsOf(arePacked: true) with { Length = 12, Rows = 6 };

        var (all, second) = (Future(Small, rows), Future(Small with { Stride = 2 }, rows));

        Assert.That(second.Columns!.Value.ToArray(), Is.EqualTo(new[] { 0, 2, 4, 6, 8, 10 }));
        Assert.That(second.Labels.ToArray(), Is.EqualTo(all.Labels.ToArray().Chunk(4).Where((_, place) => place % 2 == 0).SelectMany(labels => labels)));
    }

    [Test]
    public void A_loss_is_the_sum_over_offsets_weighted_by_powers_of_gamma()
    {
        using var recording = torch.no_grad();
        using var model = Build(Small);
        var view = View(Small with { Gamma = 0.7 });
        var target = view.Targets[1];

        var loss = LossOf(model, view, target);

        var losses = LossesOf(model, view, target);
        var expected = 0.0;
        var count = 0.0;
        for (var place = 0; place < losses.Length; place++)
        {
            var weight = Math.Pow(0.7, place % 4);
            expected += weight * losses[place];
            count += target.Labels.Span[place] == TokenBatch.IgnoredTarget ? 0 : weight;
        }

        Assert.That(loss / target.Denominator, Is.EqualTo(expected / count).Within(1e-5 * expected / count));
    }

    [Test]
    public void One_token_is_next_token_by_a_deeper_head()
    {
        using var recording = torch.no_grad();
        using var model = Build(Small with { Tokens = 1 });
        var view = View(Small with { Tokens = 1 });
        var (main, future) = (view.Targets[0], view.Targets[1]);

        var told = view with { Targets = [main, future with { Given = future.Given.ToArray().Select(id => id + 1).ToArray() }] };

        Assert.That(future.Labels.ToArray(), Is.EqualTo(main.Labels.ToArray()));
        Assert.That(future.Denominator, Is.EqualTo(main.Denominator));
        Assert.That(future.Weights!.Value.ToArray(), Is.All.EqualTo(1f));
        TensorAssert.AreEqual(Logits(model, told, told.Targets[1]), Logits(model, view, future), "nothing is told");
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void The_logits_of_an_offset_do_not_change_with_the_token_it_says_or_any_behind_it(int offset)
    {
        using var recording = torch.no_grad();
        using var model = Build(Small);
        var view = View(Small);
        var future = view.Targets[1];

        // Token n of a position is told to offset n + 1 and those behind it.
        long[] given = [.. future.Given.ToArray().Select((id, place) => place % 4 >= offset ? (id + 5) % 200 : id)];
        var before = Logits(model, view, future).view(-1, 4, 257);
        var after = Logits(model, view, future with { Given = given }).view(-1, 4, 257);

        TensorAssert.AreEqual(after.narrow(1, 0, offset), before.narrow(1, 0, offset));
        Assert.That(after.narrow(1, offset, 1).allclose(before.narrow(1, offset, 1)), Is.False);
    }

    [Test]
    public void What_other_positions_are_told_changes_nothing()
    {
        using var recording = torch.no_grad();
        using var model = Build(Small);
        var view = View(Small);
        var future = view.Targets[1];

        long[] given = [.. future.Given.ToArray().Select((id, place) => place / 4 == 7 ? id : (id + 5) % 200)];

        TensorAssert.AreEqual(Logits(model, view, future with { Given = given }).narrow(0, 28, 4), Logits(model, view, future).narrow(0, 28, 4));
    }

    [Test]
    public void Losses_taken_in_portions_give_the_gradients_of_one_graph()
    {
        using var model = Build(Small);
        var view = View(Small);
        var plan = new ObjectivePlan([view with { Targets = [view.Targets[1]] }]);

        model.ClearGradients();
        ViewPass.Run(model, plan);
        var inPortions = model.named_parameters().Select(entry => entry.parameter.grad?.clone()).ToList();
        model.ClearGradients();
        using var cuts = new GradientCuts();
        var states = model.Trunk(view.ToInput(model.Spec));
        var future = view.Targets[1];
        var rows_MC = model.Read(states, future.ToCall(view.Rows, view.Length), cuts).Rows_MC;
        (model.LossSum(rows_MC, torch.tensor(future.Labels.Span), torch.tensor(future.Weights!.Value.Span)) / future.Denominator).backward();

        foreach (var ((name, parameter), gradient) in model.named_parameters().Zip(inPortions))
        {
            TensorAssert.AreClose(gradient ?? torch.zeros_like(parameter), parameter.grad ?? torch.zeros_like(parameter), 1e-4, 1e-7, name);
        }
    }

    [Test]
    public void Without_a_main_weight_the_main_head_is_not_asked()
    {
        Assert.That(View(Small with { MainWeight = 0 }).Targets.Select(target => target.Head), Is.EqualTo(new[] { HeadCall.Future }));
        Assert.That(View(Small with { MainWeight = 0.5 }).Targets.Select(target => target.Coefficient), Is.EqualTo(new[] { 0.5, 1 }));
    }

    [Test]
    public void Parameters_are_counted_with_the_decoder()
    {
        using var model = Build(Small);

        Assert.That(model.parameters().Sum(parameter => parameter.numel()), Is.EqualTo(model.Spec.ParameterCount()));
    }

    [TestCase(1)]
    [TestCase(4)]
    public void Operations_are_counted_as_those_of_the_decoders_products_and_scores(int stride)
    {
        const int length = 20;
        var spec = Model.SpecOf(257, (Small with { Stride = stride }).Needs.Ahead);

        // By hand, for each token: 6 for each weight that a row meets; 6 for each score a causal query makes on average, 12 for a full one.
        var (width, block) = (32.0, (32.0 * (32 + 16 + 16)) + (32 * 32) + (3.0 * 32 * spec.IntermediateSize));
        var trunk = (6 * ((2 * block) + (257 * width))) + (6.0 * 2 * 32 * length);
        var cross = (4 * 2 * width * 32) + (3 * 2 * width * 16); // 4 tokens: queries and output; 3 vectors: keys and values
        var decoder = (6 * ((2 * ((4 * block) + cross)) + (width * 3 * width) + (4 * 257 * width))) + (2 * ((6.0 * 4 * 4 * 32) + (12.0 * 4 * 3 * 32)));
        Assert.That(spec.TrainingFlopsPerToken(length), Is.EqualTo(trunk + (decoder / stride)).Within(1e-6));
    }

    [Test]
    public void Wrong_values_are_refused_each_with_its_reason()
    {
        var errors = new ConfigurationErrors();

        (Small with { Tokens = 0, Gamma = 1.5, DecoderLayers = 0, PseudoTokens = 0, Stride = 0, MainWeight = -1 }).Validate("objective", errors);
        (Small with { Tokens = 65 }).ValidateWith(longestRow: 64, Model, "objective", errors);

        Assert.That(Assert.Throws<ConfigurationException>(() => errors.ThrowIfAny("run.yaml"))!.Errors, Has.Count.EqualTo(7));
    }

    private static LanguageModel Build(FutureTokenConfig objective) => ObjectiveCases.ModelFor(objective, Model, new TKernels());

    private static ObjectiveTarget Future(FutureTokenConfig objective, BatchSlice rows)
    {
        return objective.Build().Prepare(rows, RandomKey.FromSeed(1)).Views.Single().Targets[1];
    }

    private static ObjectiveView View(FutureTokenConfig objective)
    {
        return objective.Build().Prepare(ObjectiveCases.RowsOf(arePacked: true), RandomKey.FromSeed(1)).Views.Single();
    }

    private static Tensor Logits(LanguageModel model, ObjectiveView view, ObjectiveTarget target)
    {
        using var cuts = new GradientCuts();
        return model.Logits(model.Read(model.Trunk(view.ToInput(model.Spec)), target.ToCall(view.Rows, view.Length), cuts).Rows_MC);
    }

    private static double LossOf(LanguageModel model, ObjectiveView view, ObjectiveTarget target)
    {
        using var cuts = new GradientCuts();
        var rows_MC = model.Read(model.Trunk(view.ToInput(model.Spec)), target.ToCall(view.Rows, view.Length), cuts).Rows_MC;
        return model.LossSum(rows_MC, torch.tensor(target.Labels.Span), torch.tensor(target.Weights!.Value.Span)).item();
    }

    // The slow, obvious form: each row's own loss, 0 where it has no label.
    private static double[] LossesOf(LanguageModel model, ObjectiveView view, ObjectiveTarget target)
    {
        return torch.nn.functional.cross_entropy(Logits(model, view, target), torch.tensor(target.Labels.Span), Reduction.None).to(ScalarType.Float64).to_array<double>();
    }
}
