using Granary.Distributed.Sequence.Blocks;
using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Cli.Benchmarks.Sequence;

/// <summary>
/// A device that is not there: a block takes the time such a device would take, and gives zeros. What is sent is real, so
/// that schedules are compared by how they hide it; on a machine with fewer cores than ranks real blocks would compete.
/// </summary>
internal sealed class PretendedBlocks : IBlockAttention, IDisposable
{
    // Of the five products of a block's backward pass, beside the two of its forward pass.
    private const double BackwardOverForward = 2.5;

    private readonly double _secondsPerPair;
    private readonly TimeProvider _time;
    private readonly ManualResetEventSlim _never = new();

    /// <summary>Creates a device that needs so long for a query and a key of one head.</summary>
    public PretendedBlocks(double secondsPerPair, TimeProvider time)
    {
        _secondsPerPair = secondsPerPair;
        _time = time;
    }

    /// <inheritdoc/>
    public (Tensor Out_BHTD, Tensor Lse_BHT) Forward(BlockOperands operands)
    {
        Compute(operands, 1);
        return (torch.zeros_like(operands.Q_BHTD), torch.zeros(operands.Q_BHTD.shape[..3]));
    }

    /// <inheritdoc/>
    public (Tensor Q_BHTD, Tensor K_BGSD, Tensor V_BGSD) Backward(BlockOperands operands, BlockGradients gradients)
    {
        Compute(operands, BackwardOverForward);
        return (torch.zeros_like(operands.Q_BHTD), torch.zeros_like(operands.K_BGSD), torch.zeros_like(operands.V_BGSD));
    }

    /// <inheritdoc/>
    public void Merge(Tensor out_BHTD, Tensor lse_BHT, Tensor blockOut_BHTD, Tensor blockLse_BHT)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _never.Dispose();
    }

    private void Compute(BlockOperands operands, double factor)
    {
        var seconds = (double)operands.Q_BHTD.size(0) * operands.Q_BHTD.size(1) * PairsSeen(operands) * factor * _secondsPerPair;
        var begin = _time.GetTimestamp();
        while (seconds - _time.GetElapsedTime(begin).TotalSeconds is > 0 and var left)
        {
            _never.Wait(TimeSpan.FromSeconds(left) + TimeSpan.FromMilliseconds(0.5));
        }
    }

    // Of a row and head; a kernel leaves out what nobody sees. Segments are not looked at, since none are timed.
    private static double PairsSeen(BlockOperands operands)
    {
        var (queries, keys, mask) = (operands.Q_BHTD.size(2), operands.K_BGSD.size(2), operands.Mask);
        return mask.Order switch
        {
            AttentionOrder.Full => (double)queries * keys,
            AttentionOrder.Causal => Enumerable.Range(0, (int)queries).Sum(query => (double)Math.Clamp(query + mask.CausalOffset + 1, 0, keys)),
            _ => PairsOf(mask.RankQ!.select(0, 0).data<int>().ToArray(), mask.RankK!.select(0, 0).data<int>().ToArray()),
        };
    }

    private static double PairsOf(int[] queries, int[] keys)
    {
        Array.Sort(queries);
        Array.Sort(keys);
        var (pairs, seen) = (0.0, 0);
        foreach (var query in queries)
        {
            while (seen < keys.Length && keys[seen] <= query)
            {
                seen++;
            }

            pairs += seen;
        }

        return pairs;
    }
}
