using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Clustering;

/// <summary>Between which numbers a cluster's mean score must lie.</summary>
public sealed record ScoreBoundsConfig : IConfigSection
{
    /// <summary>The least that stays; null sets no bound.</summary>
    public double? Min { get; init; }

    /// <summary>The most that stays; null sets no bound.</summary>
    public double? Max { get; init; }

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Min is not null || Max is not null, $"{path}.min", Min, "a number, or max must be: a bound bounds something");
        errors.Require(Min is null || Max is null || Min <= Max, $"{path}.max", Max, $"min ({Min}) or more");
    }

    internal bool Holds(double mean)
    {
        return (Min is null || mean >= Min) && (Max is null || mean <= Max);
    }
}
