using Granary.Testing;

namespace Granary.Torch.Kernels.Tests;

public sealed class FusedAttentionTests : TensorFixture
{
    private static IEnumerable<TestCaseData> Shapes()
    {
        yield return new TestCaseData(2, 5, 5, 2, 2, 8).SetArgDisplayNames("small");
        yield return new TestCaseData(1, 130, 130, 4, 2, 16).SetArgDisplayNames("grouped queries, several blocks, ragged");
        yield return new TestCaseData(2, 33, 70, 6, 1, 20).SetArgDisplayNames("one key head, more keys than queries, odd dims");
        yield return new TestCaseData(1, 1, 77, 2, 2, 64).SetArgDisplayNames("one query");
        yield return new TestCaseData(1, 65, 3, 2, 1, 4).SetArgDisplayNames("fewer keys than queries");
    }

    [TestCaseSource(nameof(Shapes))]
    public void Full_attention_is_softmax_of_scores(int batch, int queries, int keys, int heads, int keyHeads, int dims)
    {
        VerifySeparate(batch, queries, keys, heads, keyHeads, dims, AttentionMask.Full);
    }

    [TestCaseSource(nameof(Shapes))]
    public void Causal_attention_sees_no_later_key(int batch, int queries, int keys, int heads, int keyHeads, int dims)
    {
        VerifySeparate(batch, queries, keys, heads, keyHeads, dims, AttentionMask.Causal(keys - queries));
    }

    [TestCaseSource(nameof(Shapes))]
    public void Segments_anchors_and_ranks_decide(int batch, int queries, int keys, int heads, int keyHeads, int dims)
    {
        // Keys of segment 0 are invalid, and queries of segment 9 see only anchors: some rows see nothing.
        var segmentQ = Integers(batch, queries, index => index % 7 == 3 ? 9 : 1 + (index / 20 % 2));
        var segmentK = Integers(batch, keys, index => index % 11 == 5 ? 0 : 1 + (index / 20 % 2));
        var anchorK = Integers(batch, keys, index => index == 2 ? 1 : 0).to(ScalarType.Byte);
        var rankQ = Integers(batch, queries, index => index * 7 % 31);
        var rankK = Integers(batch, keys, index => index * 5 % 29);

        VerifySeparate(batch, queries, keys, heads, keyHeads, dims, AttentionMask.Full.WithSegments(segmentQ, segmentK));
        VerifySeparate(batch, queries, keys, heads, keyHeads, dims, AttentionMask.Causal().WithSegments(segmentQ, segmentK, anchorK));
        VerifySeparate(batch, queries, keys, heads, keyHeads, dims, AttentionMask.Ranked(rankQ, rankK));
        VerifySeparate(batch, queries, keys, heads, keyHeads, dims, AttentionMask.Ranked(rankQ, rankK).WithSegments(segmentQ, segmentK, anchorK));
    }

    [Test]
    public void A_query_that_sees_nothing_is_zero_with_no_gradient()
    {
        var q = KernelComparison.Random(1, 1, 3, 4).requires_grad_();
        var k = KernelComparison.Random(1, 1, 2, 4).requires_grad_();

        var (output, lse) = FusedAttention.Attend(q, k, k, AttentionMask.Causal(-1));
        output.sum().backward();

        TensorAssert.HasValues(output.select(2, 0), [0, 0, 0, 0]);
        Assert.That(lse.select(2, 0).item(), Is.EqualTo(double.NegativeInfinity));
        TensorAssert.HasValues(q.grad!.select(2, 0), [0, 0, 0, 0]);
        Assert.That(k.grad!.isfinite().all().item_int64(), Is.EqualTo(1));
    }

    [TestCase(2, 6, 2, 2, 8, Description = "as many key heads")]
    [TestCase(1, 130, 4, 2, 16, Description = "grouped queries")]
    [TestCase(3, 17, 6, 1, 4, Description = "one key head")]
    public void Packed_attention_is_attention_of_the_parts(int batch, int length, int heads, int keyHeads, int dims)
    {
        KernelComparison.Verify(
            inputs => [FusedAttention.AttendPacked(inputs[0], heads, keyHeads, AttentionMask.Causal())],
            inputs => [Reference(inputs[0], heads, keyHeads, dims, AttentionMask.Causal())],
            KernelComparison.Random(batch, length, (heads + (2 * keyHeads)) * dims));
    }

    [Test]
    public void Rotated_attention_is_rotation_and_then_attention()
    {
        var angles = KernelComparison.Random(9, 4);
        var (cos, sin) = (angles.cos(), angles.sin());
        var (x, weight) = (KernelComparison.Random(18, 16), KernelComparison.Random(32, 16));
        Tensor Packed(Tensor leaf) => torch.nn.functional.linear(x, leaf, null).view(2, 9, 32);
        var (fused, apart) = (weight.clone().requires_grad_(), weight.clone().requires_grad_());

        var output = FusedAttention.AttendPackedRotated(Packed(fused), 2, 1, cos, sin, AttentionMask.Causal());
        output.mul(output).sum().backward();
        var expected = FusedAttention.AttendPacked(FusedRotary.RotatePacked(Packed(apart), 2, 1, cos, sin), 2, 1, AttentionMask.Causal());
        expected.mul(expected).sum().backward();

        TensorAssert.AreEqual(output.detach(), expected.detach());
        TensorAssert.AreClose(fused.grad!, apart.grad!, 1e-6, 1e-6);
    }

    [Test]
    public void Rotated_attention_refuses_where_the_projections_values_are_needed()
    {
        var angles = KernelComparison.Random(9, 4);
        var leaf = KernelComparison.Random(2, 9, 32).requires_grad_();

        var output = FusedAttention.AttendPackedRotated(leaf.exp(), 2, 1, angles.cos(), angles.sin(), AttentionMask.Causal());

        Assert.Throws<TorchException>(() => output.sum().backward());
        Assert.Throws<ArgumentException>(() => FusedAttention.AttendPackedRotated(leaf, 2, 1, angles.cos(), angles.sin(), AttentionMask.Causal()));
    }

    [Test]
    public void Packed_attention_keeps_to_segments()
    {
        var segments = Integers(2, 40, index => 1 + (index / 16));
        var mask = AttentionMask.Causal().WithSegments(segments, segments);

        KernelComparison.Verify(
            inputs => [FusedAttention.AttendPacked(inputs[0], 2, 1, mask, scale: 0.3)],
            inputs => [Reference(inputs[0], 2, 1, 8, mask, scale: 0.3)],
            KernelComparison.Random(2, 40, 32));
    }

    [Test]
    public void Strided_views_need_no_copy_and_give_the_same()
    {
        var rows = KernelComparison.Random(2, 9, 4, 8);
        var view = rows.transpose(1, 2);

        var (output, lse) = FusedAttention.Forward(view, view, view, AttentionMask.Full);
        var (again, lseAgain) = FusedAttention.Forward(view.contiguous(), view.contiguous(), view.contiguous(), AttentionMask.Full);

        TensorAssert.AreEqual(output, again);
        TensorAssert.AreEqual(lse, lseAgain);
        Assert.That(output.transpose(1, 2).is_contiguous(), "the output lies as [B, T, H, D]");
    }

    [Test]
    public void Dims_with_gaps_are_copied()
    {
        KernelComparison.Verify(
            inputs => [FusedAttention.Attend(inputs[0].transpose(2, 3), inputs[0].transpose(2, 3), inputs[0].transpose(2, 3), AttentionMask.Full).Out],
            inputs => [Reference(inputs[0].transpose(2, 3), inputs[0].transpose(2, 3), inputs[0].transpose(2, 3), AttentionMask.Full).Out],
            KernelComparison.Random(1, 2, 8, 5));
    }

    [Test]
    public void Blocks_of_keys_merge_to_the_whole_forward_and_backward()
    {
        var (q, k, v) = (KernelComparison.Random(2, 4, 20, 8), KernelComparison.Random(2, 2, 30, 8), KernelComparison.Random(2, 2, 31, 8).narrow(2, 0, 30));
        var given = KernelComparison.Random(2, 4, 21, 8).narrow(2, 0, 20);
        var (whole, wholeLse) = FusedAttention.Forward(q, k, v, AttentionMask.Causal(10));
        var expected = FusedAttention.Backward(q, k, v, whole, wholeLse, given, AttentionMask.Causal(10));

        // Keys 0 to 11 and 12 to 29: a block's offset says where its first key lies.
        var (output, lse) = FusedAttention.Forward(q, k.narrow(2, 0, 12), v.narrow(2, 0, 12), AttentionMask.Causal(10));
        var (blockOut, blockLse) = FusedAttention.Forward(q, k.narrow(2, 12, 18), v.narrow(2, 12, 18), AttentionMask.Causal(-2));
        FusedAttention.Merge(output, lse, blockOut, blockLse);
        var first = FusedAttention.Backward(q, k.narrow(2, 0, 12), v.narrow(2, 0, 12), output, lse, given, AttentionMask.Causal(10));
        var second = FusedAttention.Backward(q, k.narrow(2, 12, 18), v.narrow(2, 12, 18), output, lse, given, AttentionMask.Causal(-2));

        TensorAssert.AreClose(output, whole, 1e-5, 1e-6);
        TensorAssert.AreClose(lse, wholeLse, 1e-5, 1e-6);
        TensorAssert.AreClose(first.Q + second.Q, expected.Q, 1e-4, 1e-5);
        TensorAssert.AreClose(torch.cat([first.K, second.K], dim: 2), expected.K, 1e-4, 1e-5);
        TensorAssert.AreClose(torch.cat([first.V, second.V], dim: 2), expected.V, 1e-4, 1e-5);
    }

    [Test]
    public void Delta_stands_for_the_output()
    {
        var (q, k, v, given) = (KernelComparison.Random(2, 4, 70, 8), KernelComparison.Random(2, 2, 70, 8), KernelComparison.Random(2, 2, 71, 8).narrow(2, 0, 70), KernelComparison.Random(2, 4, 71, 8).narrow(2, 0, 70));
        var (output, lse) = FusedAttention.Forward(q, k, v, AttentionMask.Causal());

        var expected = FusedAttention.Backward(q, k, v, output, lse, given, AttentionMask.Causal());
        var actual = FusedAttention.BackwardFromDelta(q, k, v, lse, (output * given).sum(-1), given, AttentionMask.Causal());

        TensorAssert.AreClose(actual.Q, expected.Q, 1e-5, 1e-6);
        TensorAssert.AreClose(actual.K, expected.K, 1e-5, 1e-6);
        TensorAssert.AreEqual(actual.V, expected.V);
    }

    [Test]
    public void The_result_does_not_depend_on_the_threads()
    {
        var q = KernelComparison.Random(2, 4, 100, 16);
        var threads = torch.get_num_threads();
        try
        {
            torch.set_num_threads(1);
            var (one, _) = FusedAttention.Forward(q, q, q, AttentionMask.Causal());
            torch.set_num_threads(3);
            var (three, _) = FusedAttention.Forward(q, q, q, AttentionMask.Causal());

            TensorAssert.AreEqual(three, one);
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    [Test]
    public void Other_types_shapes_and_devices_are_refused()
    {
        var q = torch.zeros(1, 2, 3, 4);

        var thrown = Assert.Throws<ArgumentException>(() => FusedAttention.Forward(q.to(ScalarType.Float64), q, q, AttentionMask.Full));
        Assert.That(thrown.Message, Does.Contain("'q_BHTD' is float64[1, 2, 3, 4] on cpu, but the fused kernels take float32 on the CPU"));
        Assert.Throws<ArgumentException>(() => FusedAttention.Forward(q, torch.zeros(1, 3, 3, 4), torch.zeros(1, 3, 3, 4), AttentionMask.Full));
        Assert.Throws<ArgumentException>(() => FusedAttention.Forward(q, torch.zeros(1, 2, 3, 5), torch.zeros(1, 2, 3, 5), AttentionMask.Full));
        Assert.Throws<ArgumentException>(() => FusedAttention.Forward(torch.zeros(2, 3, 4), q, q, AttentionMask.Full));
        Assert.Throws<ArgumentException>(() => FusedAttention.AttendPacked(torch.zeros(1, 2, 7), 2, 1, AttentionMask.Full));
        var vector = torch.zeros([1, 2], ScalarType.Int32);
        thrown = Assert.Throws<ArgumentException>(() => FusedAttention.Forward(q, q, q, AttentionMask.Ranked(vector, vector)));
        Assert.That(thrown.Message, Does.Contain("'RankQ' is int32[1, 2] on cpu but must be int32[1, 3] on cpu."));
    }

    [Test]
    public void Memory_stays_flat_over_many_steps()
    {
        var packed = KernelComparison.Random(1, 64, 192).requires_grad_();

        var growth = ResidentSet.GrowthOf(() =>
        {
            for (var step = 0; step < 2_000; step++)
            {
                using var scope = torch.NewDisposeScope();
                FusedAttention.AttendPacked(packed, 2, 2, AttentionMask.Causal()).sum().backward();
                packed.grad = null;
            }
        });

        // Two thousand leaked projections would be 98 MB.
        Assert.That(growth, Is.LessThan(30L << 20));
    }

    private static void VerifySeparate(int batch, int queries, int keys, int heads, int keyHeads, int dims, AttentionMask mask)
    {
        KernelComparison.Verify(
            inputs => Both(FusedAttention.Attend(inputs[0], inputs[1], inputs[2], mask)),
            inputs => Both(Reference(inputs[0], inputs[1], inputs[2], mask)),
            KernelComparison.Random(batch, heads, queries, dims),
            KernelComparison.Random(batch, keyHeads, keys, dims),
            KernelComparison.Random(keys, batch, keyHeads, dims).permute(1, 2, 0, 3));
    }

    private static Tensor[] Both((Tensor Out, Tensor Lse) results) => [results.Out, results.Lse];

    private static Tensor Reference(Tensor packed, int heads, int keyHeads, int dims, AttentionMask mask, double? scale = null)
    {
        var (batch, length) = (packed.size(0), packed.size(1));
        var all = packed.view(batch, length, heads + (2 * keyHeads), dims).transpose(1, 2);
        var (output, _) = Reference(all.narrow(1, 0, heads), all.narrow(1, heads, keyHeads), all.narrow(1, heads + keyHeads, keyHeads), mask, scale);
        return output.transpose(1, 2).reshape(batch, length, heads * dims);
    }

    private static (Tensor Out, Tensor Lse) Reference(Tensor q, Tensor k, Tensor v, AttentionMask mask, double? scale = null)
    {
        var group = q.size(1) / k.size(1);
        var seen = mask.ToDense(q.size(2), k.size(2));
        var scores = q.matmul(k.repeat_interleave(group, 1).transpose(2, 3)).mul(scale ?? 1 / Math.Sqrt(q.size(3)));
        var hidden = scores.masked_fill(seen.logical_not(), double.NegativeInfinity);
        var lse = hidden.logsumexp([-1]);
        var weights = (scores - lse.masked_fill(lse.isfinite().logical_not(), 0).unsqueeze(-1)).exp().masked_fill(seen.logical_not(), 0);
        return (weights.matmul(v.repeat_interleave(group, 1)), lse);
    }

    private static Tensor Integers(int batch, int length, Func<int, int> valueAt)
    {
        return torch.tensor([.. Enumerable.Range(0, batch * length).Select(index => valueAt(index % length) + (index / length % 2 == 0 || valueAt(index % length) == 0 ? 0 : 1))], [batch, length]);
    }
}
