using Granary.Torch;

namespace Granary.Training;

/// <summary>What the machine's main memory reaches, measured: the yardstick of operators that move more than they compute.</summary>
public static class MemoryRate
{
    // 256 MB, beyond any cache.
    private const long Elements = 64 << 20;
    private const int Warmup = 1;
    private const int Samples = 5;

    /// <summary>Bytes a second, read and written ones together, of a copy with the threads set: the best of several.</summary>
    public static double Measure(TimeProvider time)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var from = torch.ones([Elements]);
        var to = torch.zeros([Elements]);
        var best = TimeSpan.MaxValue;
        for (var sample = 0; sample < Warmup + Samples; sample++)
        {
            var begin = time.GetTimestamp();
            to.copy_(from);
            var elapsed = time.GetElapsedTime(begin);
            if (sample >= Warmup && elapsed < best)
            {
                best = elapsed;
            }
        }

        return 2.0 * sizeof(float) * Elements / best.TotalSeconds;
    }
}
