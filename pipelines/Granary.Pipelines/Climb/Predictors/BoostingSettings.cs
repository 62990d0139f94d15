namespace Granary.Pipelines.Climb.Predictors;

/// <summary>Every setting of boosted trees, said.</summary>
internal sealed record BoostingSettings
{
    public required int Trees { get; init; }

    public required double LearningRate { get; init; }

    public required int MaxDepth { get; init; }

    public required int MaxLeaves { get; init; }

    public required double MinRowsPerLeaf { get; init; }

    public required double L1 { get; init; }

    public required double L2 { get; init; }

    public required double HeldOutShare { get; init; }

    public required int Patience { get; init; }

    public required bool PatienceWithinHeldOut { get; init; }

    /// <summary>The settings under a name.</summary>
    public static BoostingSettings Of(BoostingDefaults defaults)
    {
        var climb = new BoostingSettings
        {
            Trees = 1000,
            LearningRate = 0.01,
            MaxDepth = 4,
            MaxLeaves = 0,
            MinRowsPerLeaf = 5,
            L1 = 1,
            L2 = 1,
            HeldOutShare = 0.1,
            Patience = 20,
            PatienceWithinHeldOut = true,
        };
        return defaults switch
        {
            BoostingDefaults.RegMix => climb with { MaxDepth = 0, MaxLeaves = 31, MinRowsPerLeaf = 20, L1 = 0, L2 = 0, Patience = 3, PatienceWithinHeldOut = false },
            BoostingDefaults.NoEarlyStopping => climb with { Trees = 150, LearningRate = 0.05, MinRowsPerLeaf = 3, L1 = 0, HeldOutShare = 0 },
            BoostingDefaults.MixMin => climb with { Trees = 10, MaxDepth = 0, MaxLeaves = 31, MinRowsPerLeaf = 1, L1 = 0, L2 = 0, HeldOutShare = 1.0 / 3, Patience = 0 },
            BoostingDefaults.Ensemble => climb with { LearningRate = 0.03, L1 = 0, Patience = 50, PatienceWithinHeldOut = false },
            _ => climb,
        };
    }
}
