namespace Granary.Pipelines.Climb.Predictors;

/// <summary>A predictor that has been fitted.</summary>
public interface IFittedPredictor : IDisposable
{
    /// <summary>Whether it says the same of every mixture: it has learned nothing, which is a failure and no result.</summary>
    bool IsConstant { get; }

    /// <summary>Predicted scores, in the unit of those it was fitted to.</summary>
    double[] Predict(IReadOnlyList<double[]> mixtures);
}
