namespace Granary.Data.Shards;

/// <summary>What a row is within its document, or a packed row within its documents.</summary>
[Flags]
public enum RowFlags
{
    /// <summary>A row from the middle of a document.</summary>
    None = 0,

    /// <summary>The document's first piece; a packed row that begins with the start of a document.</summary>
    First = 1,

    /// <summary>The document's last piece; a packed row whose last token ends its document.</summary>
    Last = 2,

    /// <summary>The document gave more than one piece; the first document of a packed row lies in others too.</summary>
    Split = 4,

    /// <summary>The piece was moved back to end with its document, so it repeats ids of an earlier piece.</summary>
    AlignedToEnd = 8,

    /// <summary>The last segment of a packed row is padding.</summary>
    Padded = 16,
}
