using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Predictors;

namespace Granary.Pipelines.Climb.Search;

/// <summary>MixMin (arXiv 2502.10510): a trial for each component alone, then the mixture of these models that suits the target best.</summary>
public sealed record MixMinSearchConfig : SearchConfig
{
    internal const string Name = "mixmin"; // what `type:` says in YAML

    /// <summary>How the weights are solved for.</summary>
    public MixMinConfig Solver { get; init; } = new();

    /// <summary>Weights are multiples of it, and 0 below it. Default 2e-4.</summary>
    public double MinWeight { get; init; } = 2e-4;

    /// <inheritdoc/>
    internal override IMixtureSearch BuildSorted(MixtureSpace sorted, long seed)
    {
        return new MixMinSearch(sorted, this, seed);
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
        Solver.Validate($"{path}.solver", errors);
        errors.Require(MinWeight is >= 1e-6 and <= 0.1, $"{path}.min_weight", MinWeight, "from 1e-6 to 0.1");
    }
}
