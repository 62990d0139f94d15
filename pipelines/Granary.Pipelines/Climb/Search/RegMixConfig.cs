using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Predictors;

namespace Granary.Pipelines.Climb.Search;

/// <summary>RegMix (arXiv 2407.01492): one round of draws, one fit, the mean of the best predicted.</summary>
public sealed record RegMixConfig : SearchConfig, IPooledSearchConfig
{
    internal const string Name = "regmix"; // what `type:` says in YAML

    private readonly SamplingConfig _poolSampling = new();

    /// <summary>Trials. Default 112, CLIMB's number; RegMix ran 512.</summary>
    public int Trials { get; init; } = 112;

    /// <summary>How mixtures are drawn. Default: RegMix's recipe.</summary>
    public SamplingConfig Sampling { get; init; } = new();

    /// <summary>Mixtures that the predictor looks through. Default 100,000.</summary>
    public int PoolSize { get; init; } = 100_000;

    /// <summary>How these are drawn. Default: Dirichlet(prior), on the grid of <see cref="Sampling"/>.</summary>
    public SamplingConfig PoolSampling
    {
        get => _poolSampling with { Fallback = SamplingDefaults.Prior with { MinWeight = Sampling.MinWeight } };
        init => _poolSampling = value;
    }

    /// <summary>What predicts. Default: boosted trees with RegMix's settings.</summary>
    public PredictorConfig Predictor { get; init; } = new GradientBoostingConfig { Defaults = BoostingDefaults.RegMix };

    /// <summary>How many of the best predicted the mean is taken of, of a pool of 100,000 and in proportion of another. Default 128.</summary>
    public int MeanTop { get; init; } = 128;

    /// <inheritdoc/>
    internal override IMixtureSearch BuildSorted(MixtureSpace sorted, long seed)
    {
        var pool = new PoolConfig { Size = PoolSize, Sampling = PoolSampling, Local = 0 };
        return ((IPooledSearchConfig)this).BuildOn(sorted, new SampledCandidates(sorted, Sampling, pool), seed);
    }

    /// <inheritdoc/>
    public override SearchConfig WithTrials(int trials)
    {
        return this with { Trials = trials };
    }

    /// <inheritdoc/>
    public override IEnumerable<string> Warnings(string path)
    {
        return Predictor.Warnings($"{path}.predictor");
    }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(Trials >= 1, $"{path}.trials", Trials, "1 or more");
        Sampling.Validate($"{path}.sampling", errors);
        errors.Require(PoolSize is >= 100 and <= 10_000_000, $"{path}.pool_size", PoolSize, "from 100 to 10,000,000");
        PoolSampling.Validate($"{path}.pool_sampling", errors);
        Predictor.Validate($"{path}.predictor", errors);
        errors.Require(MeanTop >= 1, $"{path}.mean_top", MeanTop, "1 or more");
    }

    /// <inheritdoc/>
    IMixtureSearch IPooledSearchConfig.BuildOn(MixtureSpace space, ICandidates candidates, long seed)
    {
        var plan = new RoundPlan { Name = Name, Rounds = [Trials], Predictors = [Predictor], Final = FinalRule.MeanTop, MeanTop = MeanTop };
        return new RoundSearch(plan, candidates, new TrialWriter(this, space, seed), space, seed);
    }
}
