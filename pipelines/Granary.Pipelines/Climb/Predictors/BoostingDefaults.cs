namespace Granary.Pipelines.Climb.Predictors;

/// <summary>Whose settings of boosted trees hold where a key says nothing.</summary>
public enum BoostingDefaults
{
    /// <summary>RegMix's notebook (arXiv 2407.01492): 1000 trees at 0.01, 31 leaves, 20 rows a leaf, no regularisation, patience 3.</summary>
    RegMix,

    /// <summary>CLIMB's paper and its official code (arXiv 2504.13161): 1000 trees at 0.01, depth 4, 5 rows a leaf, l1 and l2 of 1, patience 20.</summary>
    Climb,

    /// <summary>A fixed number of trees on all rows: 150 at 0.05, depth 4, 3 rows a leaf, l2 of 1.</summary>
    NoEarlyStopping,

    /// <summary>MixMin's variant (arXiv 2502.10510): 10 trees at 0.01, 31 leaves, 1 row a leaf, on two thirds of the rows.</summary>
    MixMin,

    /// <summary>For the mean over splits: 1000 trees at 0.03, depth 4, 5 rows a leaf, l2 of 1, patience 50.</summary>
    Ensemble,
}
