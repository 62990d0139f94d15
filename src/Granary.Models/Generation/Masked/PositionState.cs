namespace Granary.Models.Generation.Masked;

/// <summary>How a position of a row that is being written stands.</summary>
internal enum PositionState
{
    /// <summary>The row does not reach there.</summary>
    Absent,

    /// <summary>Its id is given or written.</summary>
    Known,

    /// <summary>Its id is to be written.</summary>
    Open,
}
