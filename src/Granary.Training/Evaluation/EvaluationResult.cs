namespace Granary.Training.Evaluation;

/// <summary>How well a model predicts texts.</summary>
/// <param name="Documents">Texts.</param>
/// <param name="Tokens">Tokens predicted: all but the first of each text.</param>
/// <param name="Nats">The sum of their losses.</param>
/// <param name="Bytes">Length of the texts in UTF-8.</param>
public sealed record EvaluationResult(long Documents, long Tokens, double Nats, long Bytes)
{
    /// <summary>The same by position in the window: one band for all, or those asked for.</summary>
    public IReadOnlyList<EvaluationBand> Bands { get; init; } = [];

    /// <summary>Mean loss of a predicted token, in nats; NaN without tokens.</summary>
    public double Loss => Tokens == 0 ? double.NaN : Nats / Tokens;

    /// <summary>Predicted tokens' losses in bits for each byte of the texts.</summary>
    public double BitsPerByte => Nats / Math.Log(2) / Bytes;

    /// <summary>
    /// Bits a byte of a code from which the texts can be restored: the first token of each text, which nothing predicts,
    /// costs log2 of the vocabulary.
    /// </summary>
    public double CodeBitsPerByte(int vocabulary)
    {
        return (Nats + (Documents * Math.Log(vocabulary))) / Math.Log(2) / Bytes;
    }
}
