using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Mixtures;

namespace Granary.Pipelines.Climb.Search;

/// <summary>Random search: the best measured of so many draws.</summary>
public sealed record RandomConfig : SearchConfig, IPooledSearchConfig
{
    internal const string Name = "random"; // what `type:` says in YAML

    /// <summary>Trials. Default 112.</summary>
    public int Trials { get; init; } = 112;

    /// <summary>How mixtures are drawn. Default: RegMix's recipe.</summary>
    public SamplingConfig Sampling { get; init; } = new();

    /// <inheritdoc/>
    internal override IMixtureSearch BuildSorted(MixtureSpace sorted, long seed)
    {
        return ((IPooledSearchConfig)this).BuildOn(sorted, new SampledCandidates(sorted, Sampling, new PoolConfig()), seed);
    }

    /// <inheritdoc/>
    public override SearchConfig WithTrials(int trials)
    {
        return this with { Trials = trials };
    }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(Trials >= 1, $"{path}.trials", Trials, "1 or more");
        Sampling.Validate($"{path}.sampling", errors);
    }

    /// <inheritdoc/>
    IMixtureSearch IPooledSearchConfig.BuildOn(MixtureSpace space, ICandidates candidates, long seed)
    {
        return new RoundSearch(new RoundPlan { Name = Name, Rounds = [Trials], Final = FinalRule.BestObserved }, candidates, new TrialWriter(this, space, seed), space, seed);
    }
}
