namespace Granary.Distributed.Planning.Calibration;

/// <summary>How fast a device computes blocks of attention.</summary>
/// <param name="Flops">Operations a second, forward.</param>
/// <param name="BackwardCost">How many times as long backward takes.</param>
/// <param name="BlockSeconds">Seconds of a block beside its operations.</param>
public sealed record AttentionRate(double Flops, double BackwardCost, double BlockSeconds)
{
    /// <summary>The rate of timed forward and backward blocks, whose amounts are the operations of the forward one.</summary>
    public static AttentionRate Of(IReadOnlyList<Timing> forward, IReadOnlyList<Timing> backward)
    {
        var fit = TimingFit.Of(forward);
        return new(fit.Rate, fit.Rate / TimingFit.Of(backward).Rate, fit.Start);
    }
}
