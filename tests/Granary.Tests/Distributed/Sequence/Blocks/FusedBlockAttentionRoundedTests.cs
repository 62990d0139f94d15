using Granary.Testing;
using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Distributed.Sequence.Blocks.Tests;

/// <summary>Blocks with rounded factors have the bits of attention with rounded factors, so that ranks compute by the same law as one alone.</summary>
public sealed class FusedBlockAttentionRoundedTests : TensorFixture
{
    [Test]
    public void A_block_is_attention_with_rounded_factors()
    {
        using var generator = new Generator(7);
        Tensor Random() => torch.randn([1, 2, 33, 16], generator: generator);
        var (q, k, v, ofOut) = (Random(), Random(), Random(), Random());
        var blocks = new FusedBlockAttention();
        var operands = new BlockOperands(q, k, v, AttentionMask.Causal(), 0.25, AreRounded: true);

        var (output, lse) = blocks.Forward(operands);
        var delta = (ofOut * output).sum(-1);
        var gradients = blocks.Backward(operands, new BlockGradients(ofOut, lse, delta));

        var plain = blocks.Forward(operands with { AreRounded = false });
        var whole = FusedAttention.Forward(q, k, v, AttentionMask.Causal(), 0.25, areRounded: true);
        var expected = FusedAttention.BackwardFromDelta(q, k, v, lse, delta, ofOut, AttentionMask.Causal(), 0.25, areRounded: true);
        Assert.That((output - plain.Out_BHTD).abs().max().item(), Is.GreaterThan(1e-5), "factors are rounded");
        TensorAssert.AreClose(output, whole.Out, 0, 0);
        TensorAssert.AreClose(gradients.Q_BHTD, expected.Q, 0, 0);
        TensorAssert.AreClose(gradients.K_BGSD, expected.K, 0, 0);
        TensorAssert.AreClose(gradients.V_BGSD, expected.V, 0, 0);
    }
}
