using Granary.Torch;

namespace Granary.Distributed.Sequence.Blocks;

/// <summary>Blocks as compositions of operators: the slow, obvious form, for every device and type. Holds T x S scores.</summary>
public sealed class ComposedBlockAttention : IBlockAttention
{
    /// <inheritdoc/>
    public (Tensor Out_BHTD, Tensor Lse_BHT) Forward(BlockOperands operands)
    {
        using var scope = torch.NewDisposeScope();
        var block = new Wide(operands);
        var lse_BHT = block.Scores_BHTS.logsumexp([-1]);
        var out_BHTD = block.Probabilities(lse_BHT).matmul(block.V_BHSD);
        return (out_BHTD.MoveToOuterDisposeScope(), lse_BHT.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public (Tensor Q_BHTD, Tensor K_BGSD, Tensor V_BGSD) Backward(BlockOperands operands, BlockGradients gradients)
    {
        using var scope = torch.NewDisposeScope();
        var block = new Wide(operands);
        var given_BHTD = gradients.Out_BHTD.to(block.Type);
        var p_BHTS = block.Probabilities(gradients.Lse_BHT);
        var scores_BHTS = p_BHTS * (given_BHTD.matmul(block.V_BHSD.transpose(2, 3)) - gradients.Delta_BHT.unsqueeze(3)) * operands.Scale;
        var q_BHTD = scores_BHTS.matmul(block.K_BHSD);
        var k_BGSD = block.OfKeyHeads(scores_BHTS.transpose(2, 3).matmul(block.Q_BHTD));
        var v_BGSD = block.OfKeyHeads(p_BHTS.transpose(2, 3).matmul(given_BHTD));
        return (q_BHTD.MoveToOuterDisposeScope(), k_BGSD.MoveToOuterDisposeScope(), v_BGSD.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public void Merge(Tensor out_BHTD, Tensor lse_BHT, Tensor blockOut_BHTD, Tensor blockLse_BHT)
    {
        using var scope = torch.NewDisposeScope();
        var largest_BHT = Finite(lse_BHT.maximum(blockLse_BHT));
        var merged_BHT = ((lse_BHT - largest_BHT).exp() + (blockLse_BHT - largest_BHT).exp()).log() + largest_BHT;
        var share_BHT1 = (blockLse_BHT - Finite(merged_BHT)).exp().unsqueeze(3);
        out_BHTD.add_(share_BHT1 * (blockOut_BHTD - out_BHTD));
        lse_BHT.copy_(merged_BHT);
    }

    // -inf - -inf would be NaN; against 0 it stays -inf, whose exponential is 0.
    private static Tensor Finite(Tensor lse) => lse.masked_fill(lse.eq(double.NegativeInfinity), 0);

    // The operands in the type of sums, with a key head for each query head.
    private sealed class Wide
    {
        private readonly long _keyHeads;

        public Wide(BlockOperands operands)
        {
            Type = SumTypes.Of(operands.Q_BHTD.dtype);
            _keyHeads = operands.K_BGSD.size(1);
            Q_BHTD = operands.Q_BHTD.to(Type);
            K_BHSD = Spread(operands.K_BGSD);
            V_BHSD = Spread(operands.V_BGSD);
            var seen = operands.Mask.ToDense(Q_BHTD.size(2), K_BHSD.size(2));
            Scores_BHTS = Q_BHTD.matmul(K_BHSD.transpose(2, 3)).mul(operands.Scale).masked_fill(seen.logical_not(), double.NegativeInfinity);
        }

        public ScalarType Type { get; }

        public Tensor Q_BHTD { get; }

        public Tensor K_BHSD { get; }

        public Tensor V_BHSD { get; }

        public Tensor Scores_BHTS { get; }

        public Tensor Probabilities(Tensor lse_BHT) => (Scores_BHTS - Finite(lse_BHT).unsqueeze(3)).exp();

        public Tensor OfKeyHeads(Tensor x_BHSD)
        {
            return x_BHSD.reshape(x_BHSD.size(0), _keyHeads, x_BHSD.size(1) / _keyHeads, x_BHSD.size(2), x_BHSD.size(3)).sum([2]);
        }

        private Tensor Spread(Tensor x_BGSD) => x_BGSD.to(Type).repeat_interleave(Q_BHTD.size(1) / _keyHeads, dim: 1);
    }
}
