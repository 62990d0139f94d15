namespace Granary.Models.Generation.Masked;

/// <summary>How a model is asked for the token of a position that is not written yet.</summary>
public enum PositionAsk
{
    /// <summary>A query that knows nothing but the place; positions not written are seen by nobody. For a past model.</summary>
    Query,

    /// <summary>Positions not written carry a mask token that all others see. For a decoder trained to read both ways.</summary>
    MaskToken,

    /// <summary>The position in front says it, and sees nothing behind. For a decoder of next tokens; from left to right only.</summary>
    Before,
}
