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
        var gradients = blocks.Backward(operands, new BlockGradients(ofOut, lse, (ofOut * output).sum(-1)));

        var plain = blocks.Forward(operands with { AreRounded = false });
        var expected = FusedAttention.Backward(q, k, v, output, lse, ofOut, AttentionMask.Causal(), 0.25, areRounded: true);
        Assert.That((output - plain.Out_BHTD).abs().max().item(), Is.GreaterThan(1e-5));
        TensorAssert.AreClose(gradients.K_BGSD, expected.K, 1e-2, 1e-2);
        TensorAssert.AreClose(gradients.V_BGSD, expected.V, 0, 0);
    }
}
