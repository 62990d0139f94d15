using System.Buffers.Binary;
using Granary.Core;

namespace Granary.Data.Shards;

/// <summary>The last 128 bytes of a shard; a file without them was never finished.</summary>
/// <param name="Layout">The layout the header states as well.</param>
/// <param name="Data">CRC-32C of the rows.</param>
/// <param name="Next">CRC-32C of the next tokens.</param>
/// <param name="Provenance">CRC-32C of the provenance table.</param>
/// <param name="Checksums">CRC-32C of the table of block checksums.</param>
/// <param name="Digest">SHA-256 of all bytes in front of the trailer.</param>
internal sealed record ShardTrailer(ShardLayout Layout, uint Data, uint Next, uint Provenance, uint Checksums, byte[] Digest)
{
    private const int ChecksumOffset = 112;

    /// <summary>CRC-32C of the border bits; 0 in a shard without.</summary>
    public uint Borders { get; init; }

    private static ReadOnlySpan<byte> Magic => "GRNTRAIL"u8;

    public byte[] ToBytes()
    {
        var bytes = new byte[ShardLayout.TrailerBytes];
        var span = bytes.AsSpan();
        BinaryPrimitives.WriteInt64LittleEndian(span, Layout.DataOffset);
        BinaryPrimitives.WriteInt64LittleEndian(span[8..], Layout.DataBytes);
        BinaryPrimitives.WriteInt64LittleEndian(span[16..], Layout.NextOffset);
        BinaryPrimitives.WriteInt64LittleEndian(span[24..], Layout.NextBytes);
        BinaryPrimitives.WriteInt64LittleEndian(span[32..], Layout.ProvenanceOffset);
        BinaryPrimitives.WriteInt64LittleEndian(span[40..], Layout.ProvenanceBytes);
        BinaryPrimitives.WriteInt64LittleEndian(span[48..], Layout.ChecksumsOffset);
        BinaryPrimitives.WriteInt64LittleEndian(span[56..], Layout.ChecksumsBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(span[64..], Data);
        BinaryPrimitives.WriteUInt32LittleEndian(span[68..], Next);
        BinaryPrimitives.WriteUInt32LittleEndian(span[72..], Provenance);
        BinaryPrimitives.WriteUInt32LittleEndian(span[76..], Checksums);
        Digest.CopyTo(span[80..]);
        BinaryPrimitives.WriteUInt32LittleEndian(span[116..], Borders);
        Magic.CopyTo(span[120..]);
        BinaryPrimitives.WriteUInt32LittleEndian(span[ChecksumOffset..], Crc32C.Compute(bytes));
        return bytes;
    }

    public static ShardTrailer Parse(string file, byte[] bytes, ShardLayout layout)
    {
        var span = bytes.AsSpan();
        var trailer = new ShardTrailer(
            layout,
            BinaryPrimitives.ReadUInt32LittleEndian(span[64..]),
            BinaryPrimitives.ReadUInt32LittleEndian(span[68..]),
            BinaryPrimitives.ReadUInt32LittleEndian(span[72..]),
            BinaryPrimitives.ReadUInt32LittleEndian(span[76..]),
            span.Slice(80, 32).ToArray())
        {
            Borders = layout.IsPacked ? BinaryPrimitives.ReadUInt32LittleEndian(span[116..]) : 0,
        };

        // Writing the fields again gives the same bytes, checksum and magic included, or the trailer is not this layout's.
        if (!trailer.ToBytes().AsSpan().SequenceEqual(bytes))
        {
            throw new CorpusException(file, "the trailer is damaged or missing. Restore the file or build the shards again.", offset: layout.TrailerOffset);
        }

        return trailer;
    }
}
