using Granary.Torch;
using Granary.Torch.Kernels;

namespace Granary.Training;

/// <summary>
/// What the default device's matrix product reaches, measured: the yardstick of the share that a step uses. 1,024 x 1,024
/// products stay in the last-level cache of common machines, so this is the rate of the arithmetic, not of the memory; on a
/// GPU 8,192 x 8,192 products fill all its units. On the CPU products of rounded factors are our own.
/// </summary>
public static class MatrixRate
{
    private const int Size = 1_024;
    private const int SizeOnGpu = 8_192;
    private const int Warmup = 2;
    private const int Samples = 7;

    /// <summary>Operations a second of a product with the threads set: the best of several, about a fifth of a second.</summary>
    public static double Measure(TimeProvider time, TrainingPrecision precision = TrainingPrecision.Fp32)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var size = DeviceClock.IsOnGpu ? SizeOnGpu : Size;
        var isRounded = precision == TrainingPrecision.Bf16 && !DeviceClock.IsOnGpu;
        var type = precision == TrainingPrecision.Bf16 && !isRounded ? ScalarType.BFloat16 : ScalarType.Float32;
        var left = torch.rand(Size, size).to(type).repeat(size / Size, 1);
        var right = torch.rand(Size, size).to(type).repeat(size / Size, 1);
        var best = double.PositiveInfinity;
        for (var sample = 0; sample < Warmup + Samples; sample++)
        {
            var seconds = DeviceClock.Seconds(time, () => (isRounded ? FusedLinear.Apply(left, right, bias_O: null, areRounded: true) : left.mm(right)).Dispose());
            best = sample >= Warmup ? Math.Min(best, seconds) : best;
        }

        return 2.0 * size * size * size / best;
    }
}
