using Granary.Pipelines.Native.XGBoost;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>A member: a model, how many of its trees count, and what its labels' mean was.</summary>
/// <param name="Model">The trees; the member owns them.</param>
/// <param name="Trees">The trees that count, from the first.</param>
/// <param name="Mean">What is added to what they say.</param>
internal sealed record BoostedTrees(XGBoostModel Model, int Trees, double Mean) : IDisposable
{
    /// <summary>Predictions in the unit of the labels.</summary>
    public double[] Predict(XGBoostMatrix rows)
    {
        return [.. Model.Predict(rows, Trees).Select(value => Mean + value)];
    }

    public void Dispose()
    {
        Model.Dispose();
    }
}
