namespace Granary.Training.Schedules;

/// <summary>The learning rate as a pure function of the step, so that resuming needs no state.</summary>
public interface ISchedule
{
    /// <summary>What the peak rate is multiplied by at a step, counted from 0; the first step is above zero.</summary>
    double FactorAt(long step);
}
