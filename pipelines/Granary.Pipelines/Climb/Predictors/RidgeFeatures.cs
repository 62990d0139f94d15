namespace Granary.Pipelines.Climb.Predictors;

/// <summary>What a ridge regression is linear in.</summary>
public enum RidgeFeatures
{
    /// <summary>The weights.</summary>
    Linear,

    /// <summary>The weights, their squares and the products of each two.</summary>
    Quadratic,

    /// <summary>The weights, and 0.2 · log(weight + 0.01).</summary>
    Logarithmic,
}
