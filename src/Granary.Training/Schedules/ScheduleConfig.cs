using Granary.Core.Configuration;

namespace Granary.Training.Schedules;

/// <summary>How the learning rate goes over a run, as a share of its peak.</summary>
[ConfigVariant(CosineScheduleConfig.Name, typeof(CosineScheduleConfig))]
[ConfigVariant(WarmupStableDecayConfig.Name, typeof(WarmupStableDecayConfig))]
public abstract record ScheduleConfig : IConfigSection
{
    /// <summary>Share of all steps over which the rate rises from zero. Default 0.02.</summary>
    public double WarmupShare { get; init; } = 0.02;

    /// <summary>The rate at the end, as a share of the peak. Default 0.1.</summary>
    public double FinalShare { get; init; } = 0.1;

    /// <summary>The schedule of a run of so many steps.</summary>
    public abstract ISchedule Build(long totalSteps);

    /// <inheritdoc/>
    public virtual void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(WarmupShare is >= 0 and < 1, $"{path}.warmup_share", WarmupShare, "from 0 to below 1");
        errors.Require(FinalShare is >= 0 and <= 1, $"{path}.final_share", FinalShare, "from 0 to 1");
    }

    /// <summary>Steps of warm-up in a run; at least one when there is a warm-up.</summary>
    protected long WarmupSteps(long totalSteps)
    {
        return (long)Math.Ceiling(WarmupShare * totalSteps);
    }
}
