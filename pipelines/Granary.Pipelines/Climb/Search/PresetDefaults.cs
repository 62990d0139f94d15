using Granary.Pipelines.Climb.Mixtures;
using Granary.Pipelines.Climb.Predictors;

namespace Granary.Pipelines.Climb.Search;

/// <summary>What a preset says of a CLIMB search.</summary>
internal sealed record PresetDefaults
{
    private static readonly PresetDefaults Robust = new()
    {
        Rounds = [60, 28, 16],
        Sampling = SamplingDefaults.RegMix,
        Pool = PoolDefaults.Robust,
        TopN = TopDefaults.Best,
        Predictors = [new GaussianProcessConfig(), new BoostingEnsembleConfig()],
        Final = FinalRule.Verified,
        MeanTop = 128,
        Anchors = 4,
    };

    private static readonly PresetDefaults Paper = new()
    {
        Rounds = [64, 32, 16],
        Sampling = SamplingDefaults.Prior,
        Pool = PoolDefaults.Paper,
        TopN = TopDefaults.Best,
        Predictors = [new GradientBoostingConfig { Defaults = BoostingDefaults.Climb }],
        Final = FinalRule.Argmin,
        MeanTop = 128,
        Anchors = 0,
    };

    private static readonly PresetDefaults Curator = Paper with
    {
        Sampling = SamplingDefaults.RegMix,
        Pool = PoolDefaults.Curator,
        TopN = TopDefaults.Curator,
    };

    public required IReadOnlyList<int> Rounds { get; init; }

    public required SamplingDefaults Sampling { get; init; }

    public required PoolDefaults Pool { get; init; }

    public required TopDefaults TopN { get; init; }

    public required IReadOnlyList<PredictorConfig> Predictors { get; init; }

    public required FinalRule Final { get; init; }

    public required int MeanTop { get; init; }

    public required int Anchors { get; init; }

    /// <summary>The defaults of a preset.</summary>
    public static PresetDefaults Of(SearchPreset preset)
    {
        return preset switch
        {
            SearchPreset.Paper => Paper,
            SearchPreset.Curator => Curator,
            _ => Robust,
        };
    }
}
