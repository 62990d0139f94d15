namespace Granary.Pipelines.Decomposition;

/// <summary>A piece of a document: 2^Exponent inputs, and the id behind them as the last target where there is one.</summary>
/// <param name="Start">The first input, counted from the start of the document.</param>
/// <param name="Exponent">The piece has 2 to this power inputs.</param>
/// <param name="IsAlignedToEnd">Whether the piece was moved back to end with the document, over ids of earlier pieces.</param>
public readonly record struct Piece(long Start, int Exponent, bool IsAlignedToEnd = false)
{
    /// <summary>Inputs in the piece.</summary>
    public long Length => 1L << Exponent;
}
