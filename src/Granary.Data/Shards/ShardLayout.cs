namespace Granary.Data.Shards;

/// <summary>Where everything lies in a shard; a pure function of row length, token width, rows and whether they are packed.</summary>
/// <param name="Exponent">Rows hold 2^Exponent ids.</param>
/// <param name="BytesPerToken">2 or 4.</param>
/// <param name="Rows">How many rows there are.</param>
/// <param name="IsPacked">Whether rows hold several documents and have border bits.</param>
internal readonly record struct ShardLayout(int Exponent, int BytesPerToken, long Rows, bool IsPacked = false)
{
    internal const int HeaderBytes = 4096;
    internal const int PageBytes = 4096;
    internal const int BlockBytes = 1 << 20;
    internal const int TrailerBytes = 128;
    internal const int MaxExponent = 24;
    internal const uint NoNextToken = uint.MaxValue;

    public int RowBytes => BytesPerToken << Exponent;

    public long DataOffset => HeaderBytes;

    public long DataBytes => Rows * RowBytes;

    public long NextOffset => ToPage(DataOffset + DataBytes);

    public long NextBytes => Rows * sizeof(uint);

    public long ProvenanceOffset => ToPage(NextOffset + NextBytes);

    public long ProvenanceBytes => Rows * RowProvenance.Length;

    public long BordersOffset => ToPage(ProvenanceOffset + ProvenanceBytes);

    public int BorderRowBytes => ((1 << Exponent) + 7) / 8;

    public long BordersBytes => IsPacked ? Rows * BorderRowBytes : 0;

    // Blocks cover everything in front of their own table.
    public long ChecksumsOffset => ToPage(BordersOffset + BordersBytes);

    public int Blocks => (int)((ChecksumsOffset + BlockBytes - 1) / BlockBytes);

    public long ChecksumsBytes => (long)Blocks * sizeof(uint);

    public long TrailerOffset => ChecksumsOffset + ChecksumsBytes;

    public long FileBytes => TrailerOffset + TrailerBytes;

    private static long ToPage(long offset)
    {
        return (offset + PageBytes - 1) & -PageBytes;
    }
}
