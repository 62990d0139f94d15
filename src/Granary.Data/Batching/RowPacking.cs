namespace Granary.Data.Batching;

/// <summary>How documents come to lie in rows of one length.</summary>
public enum RowPacking
{
    /// <summary>Shuffled, joined to one stream for each source, and cut at the row length.</summary>
    Stream = 0,

    /// <summary>Cut to the row length, and each put into the fullest row that has room for it; the rest is padding.</summary>
    BestFit = 1,
}
