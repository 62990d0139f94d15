using System.Buffers.Binary;
using Granary.Core;

namespace Granary.Data.Shards;

/// <summary>The first 4 KiB of a shard; README.md beside this file lists the fields.</summary>
internal sealed record ShardHeader(ShardLayout Layout, ShardIdentity Identity)
{
    private const int PiecesVersion = 1;
    private const int PackedVersion = 2;
    private const int ChecksumOffset = 12;

    private static ReadOnlySpan<byte> Magic => "GRNSHARD"u8;

    public byte[] ToBytes()
    {
        var bytes = new byte[ShardLayout.HeaderBytes];
        var span = bytes.AsSpan();
        Magic.CopyTo(span);
        BinaryPrimitives.WriteInt32LittleEndian(span[8..], ShardLayout.HeaderBytes);
        BinaryPrimitives.WriteInt16LittleEndian(span[16..], (short)(Layout.IsPacked ? PackedVersion : PiecesVersion));
        span[18] = (byte)Layout.BytesPerToken;
        span[19] = (byte)Layout.Exponent;
        BinaryPrimitives.WriteInt32LittleEndian(span[20..], Identity.VocabularySize);
        BinaryPrimitives.WriteInt64LittleEndian(span[24..], Layout.Rows);
        BinaryPrimitives.WriteInt64LittleEndian(span[32..], Layout.RowBytes);
        BinaryPrimitives.WriteInt64LittleEndian(span[40..], Layout.DataOffset);
        BinaryPrimitives.WriteInt64LittleEndian(span[48..], Layout.NextOffset);
        BinaryPrimitives.WriteInt64LittleEndian(span[56..], Layout.ProvenanceOffset);
        BinaryPrimitives.WriteInt64LittleEndian(span[64..], Layout.ChecksumsOffset);
        BinaryPrimitives.WriteInt64LittleEndian(span[72..], Layout.TrailerOffset);
        BinaryPrimitives.WriteInt32LittleEndian(span[80..], ShardLayout.BlockBytes);
        Convert.FromHexString(Identity.TokenizerSha256).CopyTo(span[88..]);
        Convert.FromHexString(Identity.ConfigSha256).CopyTo(span[120..]);
        BinaryPrimitives.WriteInt64LittleEndian(span[152..], Layout.IsPacked ? Layout.BordersOffset : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(span[ChecksumOffset..], Crc32C.Compute(bytes));
        return bytes;
    }

    public static ShardHeader Parse(string file, byte[] bytes)
    {
        var span = bytes.AsSpan();
        if (!span.StartsWith(Magic))
        {
            throw new CorpusException(file, "is no shard: it does not begin with 'GRNSHARD'. Build the shards again.", offset: 0);
        }

        var stored = BinaryPrimitives.ReadUInt32LittleEndian(span[ChecksumOffset..]);
        BinaryPrimitives.WriteUInt32LittleEndian(span[ChecksumOffset..], 0);
        var actual = Crc32C.Compute(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(span[ChecksumOffset..], stored);
        if (stored != actual)
        {
            throw new CorpusException(file, $"the header's checksum is '{actual:x8}' but must be '{stored:x8}': the file is damaged. Restore it or build the shards again.", offset: 0);
        }

        var version = BinaryPrimitives.ReadInt16LittleEndian(span[16..]);
        if (version is not (PiecesVersion or PackedVersion))
        {
            throw new CorpusException(file, $"the format version is '{version}' but must be {PiecesVersion} or {PackedVersion}. Build the shards again with this program.", offset: 16);
        }

        var header = new ShardHeader(
            new ShardLayout(span[19], span[18], BinaryPrimitives.ReadInt64LittleEndian(span[24..]), version == PackedVersion),
            new ShardIdentity
            {
                VocabularySize = BinaryPrimitives.ReadInt32LittleEndian(span[20..]),
                TokenizerSha256 = Convert.ToHexStringLower(span.Slice(88, 32)),
                ConfigSha256 = Convert.ToHexStringLower(span.Slice(120, 32)),
                IsPacked = version == PackedVersion,
            });

        // The offsets follow from rows and widths, so a header that another writer laid out differently is refused.
        if (!header.ToBytes().AsSpan().SequenceEqual(bytes))
        {
            throw new CorpusException(file, "the header's offsets do not follow from its rows and widths. Build the shards again.", offset: 0);
        }

        return header;
    }
}
