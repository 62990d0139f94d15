using Granary.Pipelines.Climb.Predictors;

namespace Granary.Pipelines.Climb.Search;

/// <summary>What a search by rounds does: CLIMB's, and with a single round RegMix's and random search.</summary>
internal sealed record RoundPlan
{
    public required string Name { get; init; }

    public required IReadOnlyList<int> Rounds { get; init; }

    /// <summary>Runs of the uniform mixture in the first round.</summary>
    public int Anchors { get; init; }

    public TopConfig TopN { get; init; } = new();

    /// <summary>What predicts; empty where nothing does.</summary>
    public IReadOnlyList<PredictorConfig> Predictors { get; init; } = [];

    public bool UsesFreshPool { get; init; } = true;

    public bool ExcludesMeasured { get; init; }

    /// <summary>How many of the best measured local candidates are drawn around; 0 for none.</summary>
    public int LocalBest { get; init; }

    public required FinalRule Final { get; init; }

    public int MeanTop { get; init; } = 128;

    public VerifyConfig Verify { get; init; } = new();
}
