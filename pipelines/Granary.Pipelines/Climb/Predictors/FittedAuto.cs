using Granary.Pipelines.Climb.Search;

namespace Granary.Pipelines.Climb.Predictors;

/// <summary>The predictor that was chosen, and how all of them did.</summary>
/// <param name="Chosen">The predictor, fitted to all runs.</param>
/// <param name="Fits">How all did out of fold, the chosen one first.</param>
internal sealed record FittedAuto(IFittedPredictor Chosen, IReadOnlyList<PredictorFit> Fits) : IFittedPredictor
{
    public bool IsConstant => Chosen.IsConstant;

    public double[] Predict(IReadOnlyList<double[]> mixtures)
    {
        return Chosen.Predict(mixtures);
    }

    public void Dispose()
    {
        Chosen.Dispose();
    }
}
