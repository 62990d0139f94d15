namespace Granary.Models.Generation.Masked;

/// <summary>Which open position of a row is written next.</summary>
public enum WritingOrder
{
    /// <summary>The first.</summary>
    LeftToRight,

    /// <summary>The one whose most probable token is the most probable.</summary>
    MostConfident,
}
