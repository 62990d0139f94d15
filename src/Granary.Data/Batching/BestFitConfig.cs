namespace Granary.Data.Batching;

/// <summary>
/// Best-fit packing (Ding et al., arXiv 2404.10830): only documents above the row length are cut; what is left over in a
/// row is padding. No position sees another document than its own.
/// </summary>
public sealed record BestFitConfig : PackedBatchingConfig
{
    /// <summary>What <c>type:</c> says.</summary>
    public const string Name = "best-fit";

    /// <summary>Whether positions count from each document's start. Default true; with rotary positions, which are relative, it changes nothing.</summary>
    public bool ResetPositions { get; init; } = true;

    /// <inheritdoc/>
    public override RowPacking Packing => RowPacking.BestFit;

    /// <inheritdoc/>
    protected override string MaskText => $"mask=documents reset_positions={ResetPositions}";

    /// <inheritdoc/>
    public override SegmentLaw LawAt(long step, long totalSteps) => new(SeparatesDocuments: true, Window: 0, ResetPositions);
}
