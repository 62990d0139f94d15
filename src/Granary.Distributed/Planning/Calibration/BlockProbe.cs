using Granary.Distributed.Sequence;
using Granary.Distributed.Sequence.Blocks;
using Granary.Torch;
using Granary.Torch.Distributed;
using Granary.Torch.Kernels;

namespace Granary.Distributed.Planning.Calibration;

/// <summary>Measures a kernel of attention with a few blocks of random numbers. All ranks take part at once, so that cores they share are felt.</summary>
public static class BlockProbe
{
    private const int Repeats = 3;
    private const double FlopsPerDim = 4;
    private const long Longest = 512;

    /// <summary>The slowest rank's rate, the same on all ranks; blocks are as long as a rank's positions, but at most 512. All ranks call it.</summary>
    public static AttentionRate Measure(ProcessGroup group, IBlockAttention blocks, AttentionSizes sizes, long positionsPerRank, ScalarType type, TimeProvider time)
    {
        var length = Math.Clamp(positionsPerRank, 2, Longest);
        var (forward, backward) = (new List<Timing>(), new List<Timing>());
        foreach (var rows in new[] { Math.Max(1, length / 4), length })
        {
            using var scope = torch.NewDisposeScope();
            using var mode = torch.no_grad();
            var operands = Operands(sizes, rows, type);
            var lse_BHT = blocks.Forward(operands).Lse_BHT.contiguous();
            var gradients = new BlockGradients(operands.Q_BHTD, lse_BHT, lse_BHT);
            var flops = FlopsPerDim * sizes.HeadDim * sizes.Heads * sizes.Batch * rows * rows;
            forward.Add(new(flops, Middle(group, time, () => blocks.Forward(operands))));
            backward.Add(new(flops, Middle(group, time, () => blocks.Backward(operands, gradients))));
        }

        return AttentionRate.Of(forward, backward);
    }

    private static BlockOperands Operands(AttentionSizes sizes, long rows, ScalarType type)
    {
        using var generator = new Generator(1);
        Tensor Draw(int heads) => torch.randn([sizes.Batch, heads, rows, sizes.HeadDim], generator: generator).to(type);

        return new(Draw(sizes.Heads), Draw(sizes.KeyHeads), Draw(sizes.KeyHeads), AttentionMask.Full, 1 / Math.Sqrt(sizes.HeadDim));
    }

    private static double Middle(ProcessGroup group, TimeProvider time, Action block)
    {
        var seconds = new double[Repeats];
        for (var repeat = 0; repeat < Repeats; repeat++)
        {
            using var scope = torch.NewDisposeScope();
            group.barrier().wait();
            var begin = time.GetTimestamp();
            block();
            seconds[repeat] = time.GetElapsedTime(begin).TotalSeconds;
        }

        Array.Sort(seconds);
        return SlowestRank.Of(group, seconds[Repeats / 2]);
    }
}
