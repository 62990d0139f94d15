using Granary.Data.Batching;
using Granary.Distributed.Sequence;
using Granary.Distributed.Sequence.Blocks;
using Granary.Models.Gpt2;
using Granary.Models.Language;
using Granary.Models.Layers;
using Granary.Models.Llama;
using Granary.Testing;
using Granary.Torch;
using Granary.Torch.Distributed;
using Granary.Torch.Kernels;
using Granary.Training.Objectives;
using Granary.Training.Objectives.Tests;

namespace Granary.Training.Tests;

/// <summary>What ranks that hold slices of every row learn from a step, added up, is what one device learns from the rows.</summary>
public sealed class SequenceAxisTests : TensorFixture
{
    // Sums over the ranks' parts, in fp32.
    private const double Rounding = 2e-6;

    private static IEnumerable<TestCaseData> Cases => ObjectiveCases.All();

    // Rotary positions and grouped heads; learned positions.
    private static readonly ModelConfig[] Models =
    [
        new LlamaConfig { HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2, MaxPositionEmbeddings = ObjectiveCases.Length },
        new Gpt2Config { HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, MaxPositionEmbeddings = ObjectiveCases.Length },
    ];

    [TestCaseSource(nameof(Cases))]
    public void Every_objectives_loss_and_gradients_are_those_of_one_device(ObjectiveConfig objective, ModelConfig config)
    {
        Verify(objective, config, ObjectiveCases.RowsOf(arePacked: false), ranks: 2, "token-ring");
        Verify(objective, config, ObjectiveCases.RowsOf(arePacked: true), ranks: 4, "ring");
    }

    [Test]
    public void Every_schedule_trains_alike([ValueSource(nameof(Models))] ModelConfig config)
    {
        foreach (var name in new[] { "ring", "bidirectional-ring", "token-ring", "burst", "pair", "ulysses", "all-gather", "token-ring-ulysses" })
        {
            Verify(new MultiTokenConfig { Tokens = 2 }, config, ObjectiveCases.RowsOf(arePacked: true), ranks: 4, name);
        }
    }

    [Test]
    public void A_rank_without_positions_takes_part([ValueSource(nameof(Models))] ModelConfig config)
    {
        // Two positions for four ranks.
        var rows = new BatchSlice(2, 2, new long[] { 97, 98, 99, 100 }, new long[] { 98, 99, 100, 101 }, default);

        foreach (var objective in new ObjectiveConfig[] { new NextTokenConfig(), new MultiTokenConfig { Tokens = 2 }, new FutureTokenConfig { Tokens = 2, DecoderLayers = 1, PseudoTokens = 2 } })
        {
            Verify(objective, config, rows, ranks: 4, "token-ring");
        }
    }

    [Test]
    public void A_rank_on_which_no_label_falls_runs_every_head_and_no_other_waits()
    {
        // Labels stand on the first two of 24 positions.
        var rows = ObjectiveCases.RowsOf(arePacked: false);
        var targets = rows.Targets.ToArray();
        for (var place = 0; place < targets.Length; place++)
        {
            targets[place] = place % ObjectiveCases.Length < 2 ? targets[place] : TokenBatch.IgnoredTarget;
        }

        foreach (var objective in new ObjectiveConfig[] { new MultiTokenConfig { Tokens = 2 }, new FutureTokenConfig { Tokens = 3, DecoderLayers = 1, PseudoTokens = 2, Stride = 24, MainWeight = 0 } })
        {
            Verify(objective, Models[0], rows with { Targets = targets }, ranks: 4, "token-ring");
        }
    }

    [Test]
    public void Labels_further_ahead_cross_the_borders_of_slices_but_not_of_documents([Values(2, 3, 4)] int distance, [Values] bool arePacked)
    {
        var rows = ObjectiveCases.RowsOf(arePacked);
        var view = new MultiTokenConfig { Tokens = 4 }.Build().Prepare(rows, ObjectiveCases.Key).Views[0];
        var whole = view.Targets[distance - 1].Labels.Span;

        for (var rank = 0; rank < 4; rank++)
        {
            var slice = new AttentionSlice(AttentionSliceOrder.Zigzag, ObjectiveCases.Length, 4, rank);
            var held = view.HeldBy(slice).Targets[distance - 1].Labels.Span;

            foreach (var (index, column) in slice.Columns().Index())
            {
                for (var row = 0; row < rows.Rows; row++)
                {
                    var place = (row * ObjectiveCases.Length) + column;
                    var ahead = column + distance - 1;
                    var isSame = !arePacked || (ahead < ObjectiveCases.Length && rows.Segments.Span[place] != 0 && rows.Segments.Span[place] == rows.Segments.Span[place + distance - 1]);
                    var expected = ahead < ObjectiveCases.Length && isSame ? rows.Targets.Span[place + distance - 1] : TokenBatch.IgnoredTarget;

                    Assert.That(held[(row * slice.Columns().Length) + index], Is.EqualTo(expected));
                    Assert.That(whole[place], Is.EqualTo(expected));
                }
            }
        }
    }

    [Test]
    public void A_slice_keeps_every_target_though_no_label_falls_on_it()
    {
        var view = new FutureTokenConfig { Tokens = 2, DecoderLayers = 1, PseudoTokens = 2, Stride = 24 }.Build().Prepare(ObjectiveCases.RowsOf(arePacked: false), ObjectiveCases.Key).Views[0];

        var slices = Enumerable.Range(0, 4).Select(rank => view.HeldBy(new AttentionSlice(AttentionSliceOrder.Contiguous, ObjectiveCases.Length, 4, rank))).ToList();

        Assert.That(slices.Select(slice => slice.Targets.Count), Is.All.EqualTo(view.Targets.Count));
        Assert.That(slices.Sum(slice => slice.Targets[^1].Denominator), Is.EqualTo(view.Targets[^1].Denominator).Within(1e-9));
        Assert.That(slices[3].Targets[^1].Labels.Length, Is.Zero);
    }

    private static void Verify(ObjectiveConfig objective, ModelConfig config, BatchSlice rows, int ranks, string schedule)
    {
        using var scope = torch.NewDisposeScope();
        var plan = objective.Build(ObjectiveCases.TokenizerFor(objective)).Prepare(rows, ObjectiveCases.Key);
        var (loss, gradients) = Run(ObjectiveCases.ModelFor(objective, config, new FusedKernels()), plan, view => view);

        var parts = RankHarness.Run(ranks, group => Sliced(group, objective, config, plan, schedule));

        Assert.That(parts.Sum(part => part.Loss), Is.EqualTo(loss).Within(1e-5 * Math.Abs(loss)), $"{schedule}, {ranks} ranks");
        foreach (var (name, gradient) in gradients)
        {
            var sum = parts.Select(part => part.Gradients[name]).Aggregate((one, other) => one + other);
            TensorAssert.AreClose(sum, gradient, 1e-4, Rounding, $"{name}, {schedule}, {ranks} ranks");
        }

        foreach (var tensor in parts.SelectMany(part => part.Gradients.Values))
        {
            tensor.Dispose();
        }
    }

    private static (double Loss, Dictionary<string, Tensor> Gradients) Sliced(ProcessGroup group, ObjectiveConfig objective, ModelConfig config, ObjectivePlan plan, string schedule)
    {
        using var scope = torch.NewDisposeScope();
        var (heads, keyHeads) = (4, config is LlamaConfig { NumKeyValueHeads: > 0 } llama ? llama.NumKeyValueHeads : 4);
        var axis = new SequenceAxis(group, AxisSchedules.Named(schedule, schedule, group.size, heads, keyHeads), new FusedBlockAttention(), comparesCalls: true);
        var model = ObjectiveCases.ModelFor(objective, config, new SequenceKernels(new FusedKernels(), axis));
        var (loss, gradients) = Run(model, plan, view => view.HeldBy(axis.SliceOf(view.Length)));
        foreach (var gradient in gradients.Values)
        {
            gradient.DetachFromDisposeScope();
        }

        return (loss, gradients);
    }

    private static (double Loss, Dictionary<string, Tensor> Gradients) Run(LanguageModel model, ObjectivePlan plan, Func<ObjectiveView, ObjectiveView> hold)
    {
        using (model)
        {
            var law = new LossLaw([plan]);
            var losses = new StepLoss(law);
            model.ClearGradients();
            foreach (var view in plan.Views)
            {
                ViewPass.Run(model, hold(view), law, losses);
            }

            return (losses.Total, model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.grad?.clone() ?? torch.zeros_like(entry.parameter)));
        }
    }
}
