namespace Granary.Training.Schedules;

/// <summary>A straight rise, then half a cosine down to the final share.</summary>
public sealed record CosineScheduleConfig : ScheduleConfig
{
    /// <summary>What <c>type:</c> says.</summary>
    public const string Name = "cosine";

    /// <inheritdoc/>
    public override ISchedule Build(long totalSteps)
    {
        return new CosineSchedule(WarmupSteps(totalSteps), totalSteps, FinalShare);
    }
}
