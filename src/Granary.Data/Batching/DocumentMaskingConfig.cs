namespace Granary.Data.Batching;

/// <summary>Document masking: the rows of concat-and-chunk, in which no position sees another document than its own.</summary>
public sealed record DocumentMaskingConfig : PackedBatchingConfig
{
    /// <summary>What <c>type:</c> says.</summary>
    public const string Name = "document-masking";

    /// <summary>Whether positions count from each document's start. Default true; with rotary positions, which are relative, it changes nothing.</summary>
    public bool ResetPositions { get; init; } = true;

    /// <inheritdoc/>
    public override RowPacking Packing => RowPacking.Stream;

    /// <inheritdoc/>
    protected override string MaskText => $"mask=documents reset_positions={ResetPositions}";

    /// <inheritdoc/>
    public override SegmentLaw LawAt(long step, long totalSteps) => new(SeparatesDocuments: true, Window: 0, ResetPositions);
}
