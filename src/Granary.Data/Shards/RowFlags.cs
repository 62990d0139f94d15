namespace Granary.Data.Shards;

/// <summary>What a row is within its document.</summary>
[Flags]
public enum RowFlags
{
    /// <summary>A piece from the middle of a document.</summary>
    None = 0,

    /// <summary>The document's first piece.</summary>
    First = 1,

    /// <summary>The document's last piece.</summary>
    Last = 2,

    /// <summary>The document gave more than one piece.</summary>
    Split = 4,

    /// <summary>The piece was moved back to end with its document, so it repeats ids of an earlier piece.</summary>
    AlignedToEnd = 8,
}
