namespace Granary.Training.Objectives.Hiding;

/// <summary>How a position is hidden from a model.</summary>
public enum HiddenForm
{
    /// <summary>Nobody sees it, and a query that knows nothing but the place is asked in its stead: for a past model.</summary>
    Query,

    /// <summary>A mask token stands in its place, which everybody sees: for a decoder, which then reads both ways.</summary>
    MaskToken,
}
