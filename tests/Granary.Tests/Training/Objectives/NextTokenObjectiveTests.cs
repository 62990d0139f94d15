using Granary.Core.Randomness;
using Granary.Data.Batching;
using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Training.Objectives.Tests;

public sealed class NextTokenObjectiveTests
{
    [Test]
    public void Inputs_and_labels_are_the_rows_own_and_only_real_targets_count()
    {
        var rows = new BatchSlice(1, 4, new long[] { 5, 6, 7, 8 }, new long[] { 6, 7, 8, TokenBatch.IgnoredTarget }, default);

        var view = new NextTokenConfig().Build().Prepare(rows, RandomKey.FromSeed(1)).Views.Single();

        Assert.That(view.Inputs.ToArray(), Is.EqualTo(new long[] { 5, 6, 7, 8 }));
        Assert.That(view.Targets.Single().Labels.ToArray(), Is.EqualTo(new long[] { 6, 7, 8, -100 }));
        Assert.That(view.Targets.Single().Denominator, Is.EqualTo(3));
        Assert.That(view.Mask.Order, Is.EqualTo(AttentionOrder.Causal));
    }

    [Test]
    public void Segments_become_the_mask_and_positions_go_along()
    {
        using var scope = torch.NewDisposeScope();
        int[] segments = [1, 1, 2, 0];
        var rows = new BatchSlice(1, 4, new long[] { 5, 6, 7, 8 }, new long[] { 6, -100, -100, -100 }, default, segments, new long[] { 0, 1, 0, 0 });

        var view = new NextTokenConfig().Build().Prepare(rows, RandomKey.FromSeed(1)).Views.Single();

        Assert.That(view.Targets.Single().Denominator, Is.EqualTo(1));
        Assert.That(view.Positions.ToArray(), Is.EqualTo(new long[] { 0, 1, 0, 0 }));
        Assert.That(view.Mask.Segments.ToArray(), Is.EqualTo(segments));
        Assert.That(view.Mask.ToMask(1, 4).ToDense(4, 4).to(ScalarType.Int32).data<int>().ToArray(), Is.EqualTo(new[] { 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0 }));
    }
}
