namespace Granary.Distributed.Sequence;

/// <summary>Which of a rank's positions: a rank owns two runs of a row's positions, one behind the other.</summary>
public enum RowPart
{
    /// <summary>Both runs.</summary>
    Whole,

    /// <summary>The first run, which holds the earlier positions.</summary>
    First,

    /// <summary>The second run.</summary>
    Second,
}
