namespace Granary.Pipelines.Climb.Search;

/// <summary>How a search picks the mixture that it ends with.</summary>
public enum FinalRule
{
    /// <summary>The best predicted of the pool.</summary>
    Argmin,

    /// <summary>The mean of the best predicted of the pool.</summary>
    MeanTop,

    /// <summary>The best measured.</summary>
    BestObserved,

    /// <summary>A few of those are trained again with other seeds; the best of their means wins.</summary>
    Verified,
}
