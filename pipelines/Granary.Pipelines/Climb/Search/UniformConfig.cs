using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>Equal weights, as far as amounts allow; no trial is made.</summary>
public sealed record UniformConfig : SearchConfig
{
    internal const string Name = "uniform"; // what `type:` says in YAML

    /// <summary>Weights are multiples of it, and 0 below it. Default 2e-4.</summary>
    public double MinWeight { get; init; } = 2e-4;

    /// <inheritdoc/>
    internal override IMixtureSearch BuildSorted(MixtureSpace sorted, long seed)
    {
        return new FixedSearch(Name, new MixtureGrid(sorted.MaxWeights, MinWeight).Nearest(Enumerable.Repeat(1.0 / sorted.Count, sorted.Count).ToArray()));
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
        errors.Require(MinWeight is >= 1e-6 and <= 0.1, $"{path}.min_weight", MinWeight, "from 1e-6 to 0.1");
    }
}
