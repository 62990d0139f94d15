namespace Granary.Pipelines.Climb.Predictors;

/// <summary>A predictor that cannot be fitted or used, such as one whose library is missing.</summary>
public sealed class PredictorException : Exception
{
    /// <summary>Creates the exception.</summary>
    public PredictorException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
