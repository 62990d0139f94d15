using Granary.Core.Configuration;
using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Predictors;

namespace Granary.Pipelines.Climb.Search;

/// <summary>
/// CLIMB (arXiv 2504.13161): rounds of trials, each picked among what a predictor of all before thinks best. Keys that are
/// not set follow the preset, and the resolved file shows their values.
/// </summary>
public sealed record ClimbConfig : SearchConfig, IPooledSearchConfig
{
    internal const string Name = "climb"; // what `type:` says in YAML

    // What is null here follows the preset; the public keys never are.
    private readonly IReadOnlyList<int>? _rounds;
    private readonly SamplingConfig _sampling = new();
    private readonly PoolConfig _pool = new();
    private readonly TopConfig _topN = new();
    private readonly IReadOnlyList<PredictorConfig>? _predictors;
    private readonly FinalRule? _final;
    private readonly int? _meanTop;
    private readonly int? _anchors;

    /// <summary>Where defaults come from: robust, paper or curator. Default robust.</summary>
    public SearchPreset Preset { get; init; }

    /// <summary>The trials of each round, anchors included. The paper's are 64, 32, 16; robust keeps 8 of these 112 back for its finalists.</summary>
    public IReadOnlyList<int> Rounds
    {
        get => _rounds ?? Defaults.Rounds;
        init => _rounds = value;
    }

    /// <summary>How the first round's mixtures are drawn, and on what grid all mixtures lie.</summary>
    public SamplingConfig Sampling
    {
        get => _sampling with { Fallback = Defaults.Sampling };
        init => _sampling = value;
    }

    /// <summary>What predictors look through.</summary>
    public PoolConfig Pool
    {
        get => _pool with { Fallback = Defaults.Pool with { Sampling = Defaults.Pool.Sampling with { MinWeight = Sampling.MinWeight } } };
        init => _pool = value;
    }

    /// <summary>How many of the best predicted a round's are picked from.</summary>
    public TopConfig TopN
    {
        get => _topN with { Fallback = Defaults.TopN };
        init => _topN = value;
    }

    /// <summary>What predicts. Of several, each round and the choice use the one whose out-of-fold predictions rank the trials best.</summary>
    public IReadOnlyList<PredictorConfig> Predictors
    {
        get => _predictors ?? Defaults.Predictors;
        init => _predictors = value;
    }

    /// <summary>How the mixture is chosen in the end.</summary>
    public FinalRule Final
    {
        get => _final ?? Defaults.Final;
        init => _final = value;
    }

    /// <summary>How many of the best predicted `mean-top` takes the mean of, of a pool of 100,000 and in proportion of another.</summary>
    public int MeanTop
    {
        get => _meanTop ?? Defaults.MeanTop;
        init => _meanTop = value;
    }

    /// <summary>Runs of the uniform mixture in the first round, each with a seed of its own: they measure the noise. At most a quarter of the round; 0 for none.</summary>
    public int Anchors
    {
        get => _anchors ?? Defaults.Anchors;
        init => _anchors = value;
    }

    /// <summary>What `final: verified` trains again. Default: four finalists with two seeds each.</summary>
    public VerifyConfig Verify { get; init; } = new();

    private PresetDefaults Defaults => PresetDefaults.Of(Preset);

    private int Kept => Final == FinalRule.Verified ? Verify.Finalists * Verify.Seeds : 0;

    /// <inheritdoc/>
    internal override IMixtureSearch BuildSorted(MixtureSpace sorted, long seed)
    {
        return ((IPooledSearchConfig)this).BuildOn(sorted, new SampledCandidates(sorted, Sampling, Pool), seed);
    }

    /// <inheritdoc/>
    public override SearchConfig WithTrials(int trials)
    {
        var shared = trials - Kept;
        if (shared < Rounds.Count)
        {
            throw new MixtureSearchException($"'{trials}' trials are too few: '{Kept}' are kept back for finalists, and each of {Rounds.Count} rounds needs one. Allow more trials, or set final to 'best-observed'.");
        }

        return this with { Rounds = Shares.Of(shared, Rounds) };
    }

    /// <inheritdoc/>
    public override IEnumerable<string> Warnings(string path)
    {
        return Predictors.SelectMany((predictor, i) => predictor.Warnings($"{path}.predictors.{i}"));
    }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(Rounds.Count > 0 && Rounds.All(trials => trials > 0), $"{path}.rounds", string.Join(", ", Rounds), "one round or more, each of one trial or more");
        Sampling.Validate($"{path}.sampling", errors);
        Pool.Validate($"{path}.pool", errors);
        TopN.Validate($"{path}.top_n", errors);
        errors.Require(Predictors.Count > 0, $"{path}.predictors", "empty", "one predictor or more");
        foreach (var (i, predictor) in Predictors.Index())
        {
            predictor.Validate($"{path}.predictors.{i}", errors);
        }

        errors.Require(MeanTop >= 1, $"{path}.mean_top", MeanTop, "1 or more");
        errors.Require(Anchors >= 0, $"{path}.anchors", Anchors, "0 or more");
        Verify.Validate($"{path}.verify", errors);
    }

    /// <inheritdoc/>
    IMixtureSearch IPooledSearchConfig.BuildOn(MixtureSpace space, ICandidates candidates, long seed)
    {
        var plan = new RoundPlan
        {
            Name = Name,
            Rounds = Rounds,
            Anchors = Anchors,
            TopN = TopN,
            Predictors = Predictors,
            UsesFreshPool = Pool.Fresh,
            ExcludesMeasured = Pool.ExcludeMeasured,
            LocalBest = Pool.Local > 0 ? Pool.LocalBest : 0,
            Final = Final,
            MeanTop = MeanTop,
            Verify = Verify,
        };
        return new RoundSearch(plan, candidates, new TrialWriter(this, space, seed), space, seed);
    }
}
