using Granary.Core.Configuration;

namespace Granary.Training.Schedules;

/// <summary>A straight rise, a plateau, then a straight fall to the final share.</summary>
public sealed record WarmupStableDecayConfig : ScheduleConfig
{
    /// <summary>What <c>type:</c> says.</summary>
    public const string Name = "warmup-stable-decay";

    /// <summary>Share of all steps at the end over which the rate falls. Default 0.2.</summary>
    public double DecayShare { get; init; } = 0.2;

    /// <inheritdoc/>
    public override ISchedule Build(long totalSteps)
    {
        return new WarmupStableDecaySchedule(WarmupSteps(totalSteps), (long)Math.Ceiling(DecayShare * totalSteps), totalSteps, FinalShare);
    }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(DecayShare >= 0 && DecayShare + WarmupShare <= 1, $"{path}.decay_share", DecayShare, $"from 0 to 1 less warmup_share ({WarmupShare})");
    }
}
