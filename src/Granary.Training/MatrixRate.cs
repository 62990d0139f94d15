using Granary.Torch;

namespace Granary.Training;

/// <summary>
/// What the machine's matrix product reaches, measured: the yardstick of the share that a step uses. 1,024 x 1,024
/// products stay in the last-level cache of common machines, so this is the rate of the arithmetic, not of the memory.
/// </summary>
public static class MatrixRate
{
    private const int Size = 1_024;
    private const int Warmup = 2;
    private const int Samples = 7;

    /// <summary>Operations a second of an fp32 product with the threads set: the best of several, about a fifth of a second.</summary>
    public static double Measure(TimeProvider time)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var left = torch.rand(Size, Size);
        var right = torch.rand(Size, Size);
        var best = TimeSpan.MaxValue;
        for (var sample = 0; sample < Warmup + Samples; sample++)
        {
            var begin = time.GetTimestamp();
            left.mm(right).Dispose();
            var elapsed = time.GetElapsedTime(begin);
            if (sample >= Warmup && elapsed < best)
            {
                best = elapsed;
            }
        }

        return 2.0 * Size * Size * Size / best.TotalSeconds;
    }
}
