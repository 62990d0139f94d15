using Granary.Testing;
using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Distributed.Sequence.Blocks.Tests;

[TestFixture(typeof(FusedBlockAttention))]
[TestFixture(typeof(ComposedBlockAttention))]
public sealed class BlockAttentionTests<TBlocks> : TensorFixture
    where TBlocks : IBlockAttention, new()
{
    private const double Rounding = 2e-5;

    private readonly IBlockAttention _blocks = new TBlocks();

    [Test]
    public void Blocks_of_keys_merge_to_the_whole_forward_and_backward()
    {
        var (q, k, v, given) = (Normal(2, 4, 9, 8), Normal(2, 2, 12, 8), Normal(2, 2, 12, 8), Normal(2, 4, 9, 8));
        var whole = new BlockOperands(q, k, v, AttentionMask.Causal(3), 0.3);
        var (expected, expectedLse) = _blocks.Forward(whole);
        var delta = (expected * given).sum(-1);
        var gradients = _blocks.Backward(whole, new BlockGradients(given, expectedLse, delta));

        BlockOperands[] parts = [Part(0, 5, AttentionMask.Causal(3)), Part(5, 7, AttentionMask.Causal(-2))];
        var (output, lse) = (torch.zeros(2, 4, 9, 8), torch.full([2, 4, 9], double.NegativeInfinity));
        foreach (var part in parts)
        {
            var (partOut, partLse) = _blocks.Forward(part);
            _blocks.Merge(output, lse, partOut, partLse);
        }

        var sums = parts.Select(part => _blocks.Backward(part, new BlockGradients(given, lse, delta))).ToList();

        TensorAssert.AreClose(output, expected, Rounding, Rounding);
        TensorAssert.AreClose(lse, expectedLse, Rounding, Rounding);
        TensorAssert.AreClose(sums[0].Q_BHTD + sums[1].Q_BHTD, gradients.Q_BHTD, Rounding, Rounding);
        TensorAssert.AreClose(torch.cat([sums[0].K_BGSD, sums[1].K_BGSD], 2), gradients.K_BGSD, Rounding, Rounding);
        TensorAssert.AreClose(torch.cat([sums[0].V_BGSD, sums[1].V_BGSD], 2), gradients.V_BGSD, Rounding, Rounding);

        BlockOperands Part(long start, long count, AttentionMask mask) => whole with { K_BGSD = k.narrow(2, start, count), V_BGSD = v.narrow(2, start, count), Mask = mask };
    }

    [Test]
    public void Gradients_are_those_of_autograd_through_operators()
    {
        var leaves = new[] { Normal(1, 2, 7, 4), Normal(1, 1, 7, 4), Normal(1, 1, 7, 4) }.Select(tensor => tensor.requires_grad_()).ToArray();
        var given = Normal(1, 2, 7, 4);
        var dense = leaves[0].matmul(leaves[1].transpose(2, 3)).mul(0.5).masked_fill(AttentionMask.Causal().ToDense(7, 7).logical_not(), double.NegativeInfinity).softmax(-1).matmul(leaves[2]);
        dense.backward(given);

        using var mode = torch.no_grad();
        var operands = new BlockOperands(leaves[0], leaves[1], leaves[2], AttentionMask.Causal(), 0.5);
        var (output, lse) = _blocks.Forward(operands);
        var (q, k, v) = _blocks.Backward(operands, new BlockGradients(given, lse, (output * given).sum(-1)));

        TensorAssert.AreClose(output, dense, Rounding, Rounding);
        TensorAssert.AreClose(q, leaves[0].grad!, Rounding, Rounding);
        TensorAssert.AreClose(k, leaves[1].grad!, Rounding, Rounding);
        TensorAssert.AreClose(v, leaves[2].grad!, Rounding, Rounding);
    }

    [Test]
    public void A_row_that_sees_nothing_is_zero_with_an_lse_of_minus_infinity_through_every_merge()
    {
        var (q, k) = (Normal(1, 1, 3, 4), Normal(1, 1, 3, 4));
        var (output, lse) = _blocks.Forward(new BlockOperands(q, k, k, AttentionMask.Causal(-1), 1));
        var (empty, emptyLse) = (torch.zeros(1, 1, 3, 4), torch.full([1, 1, 3], double.NegativeInfinity));

        _blocks.Merge(empty, emptyLse, output, lse);
        _blocks.Merge(empty, emptyLse, torch.zeros(1, 1, 3, 4), torch.full([1, 1, 3], double.NegativeInfinity));

        Assert.That(lse.select(2, 0).item(), Is.EqualTo(double.NegativeInfinity));
        TensorAssert.HasValues(output.select(2, 0), [0, 0, 0, 0]);
        TensorAssert.AreEqual(empty, output);
        TensorAssert.AreEqual(emptyLse, lse);
    }

    [Test]
    public void A_row_that_sees_nothing_takes_and_gives_no_gradient()
    {
        var (q, k, given) = (Normal(1, 1, 3, 4), Normal(1, 1, 3, 4), Normal(1, 1, 3, 4));
        var operands = new BlockOperands(q, k, k, AttentionMask.Causal(-1), 1);
        var (output, lse) = _blocks.Forward(operands);

        var gradients = _blocks.Backward(operands, new BlockGradients(given, lse, (output * given).sum(-1)));

        TensorAssert.HasValues(gradients.Q_BHTD.select(2, 0), [0, 0, 0, 0]);
        TensorAssert.HasValues(gradients.K_BGSD.select(2, 2), [0, 0, 0, 0]);
        Assert.That(gradients.V_BGSD.isfinite().all().item_int64(), Is.EqualTo(1));
    }

    [Test]
    public void Merging_keeps_to_the_rows_and_heads_it_is_given()
    {
        var (output, lse) = (Normal(2, 4, 6, 8), Normal(2, 4, 6));
        var (before, lseBefore) = (output.clone(), lse.clone());

        _blocks.Merge(output.narrow(1, 1, 2).narrow(2, 3, 3), lse.narrow(1, 1, 2).narrow(2, 3, 3), Normal(2, 2, 3, 8), Normal(2, 2, 3));

        TensorAssert.AreEqual(output.narrow(2, 0, 3), before.narrow(2, 0, 3));
        TensorAssert.AreEqual(lse.narrow(1, 3, 1), lseBefore.narrow(1, 3, 1));
        Assert.That(lse.narrow(1, 1, 2).narrow(2, 3, 3).equal(lseBefore.narrow(1, 1, 2).narrow(2, 3, 3)), Is.False);
    }

    private static Tensor Normal(params long[] shape)
    {
        using var generator = new Generator(shape.Aggregate(3L, (seed, size) => (31 * seed) + size));
        return torch.randn(shape, generator: generator);
    }
}
