using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Granary.Data.Shards;

/// <summary>A document's identity: the first 16 bytes of the SHA-256 of its text in UTF-8.</summary>
/// <param name="Value">The 16 bytes, the first one most significant.</param>
public readonly record struct DocumentHash(UInt128 Value)
{
    /// <summary>Bytes in a hash.</summary>
    public const int Length = 16;

    /// <summary>The identity of a text given in UTF-8.</summary>
    public static DocumentHash Of(ReadOnlySpan<byte> utf8)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8, digest);
        return Read(digest);
    }

    /// <summary>The identity of a text.</summary>
    public static DocumentHash Of(string text)
    {
        return Of(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>The hash stored in the first 16 bytes.</summary>
    public static DocumentHash Read(ReadOnlySpan<byte> source)
    {
        return new DocumentHash(BinaryPrimitives.ReadUInt128BigEndian(source));
    }

    /// <summary>Stores the hash in the first 16 bytes.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt128BigEndian(destination, Value);
    }

    /// <summary>The hash as 32 lower-case hexadecimal digits.</summary>
    public override string ToString()
    {
        return Value.ToString("x32", CultureInfo.InvariantCulture);
    }
}
