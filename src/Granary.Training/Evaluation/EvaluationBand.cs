namespace Granary.Training.Evaluation;

/// <summary>How well a model predicts the positions of a window from one place to another.</summary>
/// <param name="From">The first position, counted from 0; there the model has seen one id more than that.</param>
/// <param name="To">The position behind the last.</param>
/// <param name="Tokens">Tokens predicted there.</param>
/// <param name="Nats">The sum of their losses.</param>
public sealed record EvaluationBand(int From, int To, long Tokens, double Nats)
{
    /// <summary>Mean loss of a predicted token, in nats; NaN without tokens.</summary>
    public double Loss => Tokens == 0 ? double.NaN : Nats / Tokens;
}
