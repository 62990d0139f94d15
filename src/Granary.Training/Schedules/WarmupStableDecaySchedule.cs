namespace Granary.Training.Schedules;

/// <summary>Rises to 1, stays there, and falls in a straight line to the final share (Hu et al., MiniCPM, arXiv 2404.06395).</summary>
internal sealed class WarmupStableDecaySchedule(long warmupSteps, long decaySteps, long totalSteps, double finalShare) : ISchedule
{
    public double FactorAt(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (step < warmupSteps)
        {
            return (step + 1.0) / warmupSteps;
        }

        var untilEnd = totalSteps - step;
        return untilEnd >= decaySteps
            ? 1
            : finalShare + ((1 - finalShare) * Math.Max(0, untilEnd) / decaySteps);
    }
}
