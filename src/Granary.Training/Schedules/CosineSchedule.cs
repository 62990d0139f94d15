namespace Granary.Training.Schedules;

/// <summary>Rises in a straight line to 1, then follows half a cosine to the final share (Loshchilov and Hutter, arXiv 1608.03983).</summary>
internal sealed class CosineSchedule(long warmupSteps, long totalSteps, double finalShare) : ISchedule
{
    public double FactorAt(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (step < warmupSteps)
        {
            // step + 1: the first update must not be taken with a rate of zero.
            return (step + 1.0) / warmupSteps;
        }

        var progress = Math.Min(1, (step - warmupSteps) / (double)Math.Max(1, totalSteps - warmupSteps));
        return finalShare + ((1 - finalShare) * 0.5 * (1 + Math.Cos(Math.PI * progress)));
    }
}
