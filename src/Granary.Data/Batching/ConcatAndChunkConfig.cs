namespace Granary.Data.Batching;

/// <summary>Concat-and-chunk: documents joined to one stream and cut into rows; attention and targets cross documents.</summary>
public sealed record ConcatAndChunkConfig : PackedBatchingConfig
{
    /// <summary>What <c>type:</c> says.</summary>
    public const string Name = "concat-and-chunk";

    /// <inheritdoc/>
    public override RowPacking Packing => RowPacking.Stream;

    /// <inheritdoc/>
    protected override string MaskText => "mask=joined";
}
