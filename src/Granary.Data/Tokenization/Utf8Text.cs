using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Granary.Data.Tokenization;

/// <summary>Makes UTF-8 of any bytes as WHATWG's decoder does, which Rust's lossy decoding equals.</summary>
internal static class Utf8Text
{
    /// <summary>The bytes themselves when they are UTF-8; else a copy with U+FFFD for each malformed sequence.</summary>
    internal static ReadOnlySpan<byte> Repair(ReadOnlySpan<byte> bytes)
    {
        return Utf8.IsValid(bytes) ? bytes : Replace(bytes);
    }

    private static ReadOnlySpan<byte> Replace(ReadOnlySpan<byte> bytes)
    {
        var valid = new ArrayBufferWriter<byte>(bytes.Length + 64);
        while (!bytes.IsEmpty)
        {
            // Sets the rune to U+FFFD and consumes the longest part that could have begun a character.
            Rune.DecodeFromUtf8(bytes, out var rune, out var consumed);
            valid.Advance(rune.EncodeToUtf8(valid.GetSpan(4)));
            bytes = bytes[consumed..];
        }

        return valid.WrittenSpan;
    }
}
