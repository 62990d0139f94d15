namespace Granary.Models.Attention;

/// <summary>How a fused query-key-value projection is divided: [queries H*D | keys G*D | values G*D].</summary>
/// <param name="Heads">Query heads H.</param>
/// <param name="KeyHeads">Key and value heads G, which divide H.</param>
/// <param name="HeadDim">Dimensions D of a head.</param>
public readonly record struct AttentionShape(int Heads, int KeyHeads, int HeadDim)
{
    /// <summary>Columns of the queries, and of the output.</summary>
    public int QueryWidth => Heads * HeadDim;

    /// <summary>Columns of the keys; as many as of the values.</summary>
    public int KeyWidth => KeyHeads * HeadDim;

    /// <summary>Columns of the whole projection.</summary>
    public int PackedWidth => QueryWidth + (2 * KeyWidth);

    /// <summary>Rows of the maps that make queries, keys and values, packed in this order.</summary>
    public IReadOnlyList<long> PackedParts => [QueryWidth, KeyWidth, KeyWidth];

    /// <summary>What scores are multiplied by: 1 / sqrt(D).</summary>
    public double Scale => 1 / Math.Sqrt(HeadDim);
}
