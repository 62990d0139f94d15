using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>DoReMi (arXiv 2305.10429): two runs, the second of which moves its own mixture towards what it can still learn. It does not look at the objective.</summary>
public sealed record DoReMiConfig : SearchConfig
{
    internal const string Name = "doremi"; // what `type:` says in YAML

    /// <summary>How far the mixture moves a step: log w grows by it times the excess loss. Default 1.</summary>
    public double StepSize { get; init; } = 1;

    /// <summary>The share that is spread evenly over all components after each step. Default 1e-3.</summary>
    public double Smoothing { get; init; } = 1e-3;

    /// <summary>Weights are multiples of it, and 0 below it. Default 2e-4.</summary>
    public double MinWeight { get; init; } = 2e-4;

    /// <inheritdoc/>
    internal override IMixtureSearch BuildSorted(MixtureSpace sorted, long seed)
    {
        return new DoReMiSearch(sorted, this, seed);
    }

    /// <inheritdoc/>
    public override SearchConfig WithTrials(int trials)
    {
        return this;
    }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(StepSize > 0, $"{path}.step_size", StepSize, "greater than 0");
        errors.Require(Smoothing is >= 0 and < 1, $"{path}.smoothing", Smoothing, "from 0 to below 1");
        errors.Require(MinWeight is >= 1e-6 and <= 0.1, $"{path}.min_weight", MinWeight, "from 1e-6 to 0.1");
    }
}
