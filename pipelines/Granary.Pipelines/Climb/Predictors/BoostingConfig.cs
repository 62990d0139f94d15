using Granary.Core.Configuration;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>
/// What all boosted trees have. They are XGBoost's, while the papers' are LightGBM's: with squared error a leaf's weight in
/// hessians is its number of rows, and rate, depth, leaves, l1 and l2 mean the same in both.
/// </summary>
public abstract record BoostingConfig : PredictorConfig
{
    /// <summary>Trees at most. Default null: as the defaults say.</summary>
    public int? Trees { get; init; }

    /// <summary>The share of each tree that is added. Default null: as the defaults say.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Splits from the root to a leaf at most; 0 bounds leaves only. Default null: as the defaults say.</summary>
    public int? MaxDepth { get; init; }

    /// <summary>Leaves of a tree at most, the most useful splits first; 0 bounds depth only. Default null: as the defaults say.</summary>
    public int? MaxLeaves { get; init; }

    /// <summary>Rows that a leaf needs. Default null: as the defaults say.</summary>
    public double? MinRowsPerLeaf { get; init; }

    /// <summary>What a leaf's sum of residuals is shrunk by, in the target's unit. Default null: as the defaults say.</summary>
    public double? L1 { get; init; }

    /// <summary>What is added to a leaf's number of rows when its mean is taken. Default null: as the defaults say.</summary>
    public double? L2 { get; init; }

    /// <summary>The share of the rows that is held out to stop by; 0 fits all rows and never stops early. Default null: as the defaults say.</summary>
    public double? HeldOutShare { get; init; }

    /// <summary>Trees after the best one on the held-out rows at which it stops; 0 never stops early. Default null: as the defaults say.</summary>
    public int? Patience { get; init; }

    /// <summary>Whether the patience is at most the number of held-out rows. Default null: as the defaults say.</summary>
    public bool? PatienceWithinHeldOut { get; init; }

    /// <summary>Whether scores are standardised first, so that l1 means the same whatever their unit. Default true.</summary>
    public bool Standardise { get; init; } = true;

    /// <summary>Threads that a tree is grown with; sums are rounded by their number. Default 1.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Whose settings hold where a key is null.</summary>
    internal abstract BoostingDefaults SettingsOf { get; }

    /// <inheritdoc/>
    public override IEnumerable<string> Warnings(string path)
    {
        var l1 = Resolve().L1;
        return Standardise || l1 == 0 ? [] : [$"'{path}.l1' is '{l1:R}' on scores that are not standardised: it is meant for accuracies of 0 to 100, and on losses in nats it leaves hardly a tree. Set '{path}.standardise' to true, or l1 to 0."];
    }

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        var settings = Resolve();
        errors.Require(settings.Trees >= 1, $"{path}.trees", settings.Trees, "1 or more");
        errors.Require(settings.LearningRate is > 0 and <= 1, $"{path}.learning_rate", settings.LearningRate, "above 0, and 1 at most");
        errors.Require(settings.MaxDepth is >= 0 and <= 30, $"{path}.max_depth", settings.MaxDepth, "from 0 to 30");
        errors.Require(settings.MaxLeaves is 0 or >= 2, $"{path}.max_leaves", settings.MaxLeaves, "0, or 2 or more");
        errors.Require(settings.MaxDepth > 0 || settings.MaxLeaves > 0, $"{path}.max_leaves", settings.MaxLeaves, "2 or more where max_depth is 0");
        errors.Require(settings.MinRowsPerLeaf >= 1, $"{path}.min_rows_per_leaf", settings.MinRowsPerLeaf, "1 or more");
        errors.Require(settings.L1 >= 0, $"{path}.l1", settings.L1, "0 or more");
        errors.Require(settings.L2 >= 0, $"{path}.l2", settings.L2, "0 or more");
        errors.Require(settings.HeldOutShare is >= 0 and < 1, $"{path}.held_out_share", settings.HeldOutShare, "from 0 to below 1");
        errors.Require(settings.Patience >= 0, $"{path}.patience", settings.Patience, "0 or more");
        errors.Require(Threads >= 1, $"{path}.threads", Threads, "1 or more");
    }

    /// <summary>All settings, said.</summary>
    internal BoostingSettings Resolve()
    {
        var defaults = BoostingSettings.Of(SettingsOf);
        return new BoostingSettings
        {
            Trees = Trees ?? defaults.Trees,
            LearningRate = LearningRate ?? defaults.LearningRate,
            MaxDepth = MaxDepth ?? defaults.MaxDepth,
            MaxLeaves = MaxLeaves ?? defaults.MaxLeaves,
            MinRowsPerLeaf = MinRowsPerLeaf ?? defaults.MinRowsPerLeaf,
            L1 = L1 ?? defaults.L1,
            L2 = L2 ?? defaults.L2,
            HeldOutShare = HeldOutShare ?? defaults.HeldOutShare,
            Patience = Patience ?? defaults.Patience,
            PatienceWithinHeldOut = PatienceWithinHeldOut ?? defaults.PatienceWithinHeldOut,
        };
    }
}
