namespace Granary.Data.Batching;

/// <summary>What the positions of a packed row see of each other: how its border bits become segments in one step.</summary>
/// <param name="SeparatesDocuments">Whether no position sees another document or is asked for another document's first id.</param>
/// <param name="Window">Positions of a block, counted from its document's start where documents are apart, else from the row's; 0 for no blocks. Nothing sees beyond its block, but targets cross it.</param>
/// <param name="ResetsPositions">Whether positions count from each document's start.</param>
public readonly record struct SegmentLaw(bool SeparatesDocuments, int Window, bool ResetsPositions)
{
    /// <summary>Every position sees all in front of it in its row.</summary>
    public static readonly SegmentLaw Joined = default;

    /// <summary>Whether anything is apart, so that batches have segments.</summary>
    public bool HasSegments => SeparatesDocuments || Window > 0;
}
