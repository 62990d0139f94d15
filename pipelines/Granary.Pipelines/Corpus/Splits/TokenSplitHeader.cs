using System.Buffers.Binary;
using Granary.Data.Shards;

namespace Granary.Pipelines.Corpus.Splits;

/// <summary>What a file of a split's ids begins with.</summary>
/// <param name="Identity">The SHA-256 of everything that decides the ids: documents, tokenizer, how the corpus is split.</param>
/// <param name="Split">The split's number.</param>
/// <param name="IdBytes">Bytes of an id: 2 where all entries of the vocabulary fit, else 4.</param>
public sealed record TokenSplitHeader(string Identity, int Split, int IdBytes)
{
    /// <summary>Bytes of it in a file.</summary>
    internal const int Length = 64;

    private const int IdentityBytes = 32;
    private const int ChecksumPlace = 60;

    /// <summary>The header of a vocabulary's ids.</summary>
    public static TokenSplitHeader Of(string identity, int split, int vocabularySize)
    {
        return new TokenSplitHeader(identity, split, vocabularySize <= 1 << 16 ? sizeof(ushort) : sizeof(int));
    }

    private static ReadOnlySpan<byte> Magic => "GRNTOK01"u8;

    /// <summary>The header as its bytes.</summary>
    internal byte[] ToBytes()
    {
        var bytes = new byte[Length];
        Magic.CopyTo(bytes);
        Convert.FromHexString(Identity).CopyTo(bytes.AsSpan(Magic.Length, IdentityBytes));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(Magic.Length + IdentityBytes), Split);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(Magic.Length + IdentityBytes + sizeof(int)), IdBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(ChecksumPlace), Crc32C.Compute(bytes.AsSpan(0, ChecksumPlace)));
        return bytes;
    }
}
