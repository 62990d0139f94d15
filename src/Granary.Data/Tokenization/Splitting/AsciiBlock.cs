using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Granary.Data.Tokenization.Splitting;

/// <summary>The classes of 64 bytes, one bit a byte, so that a splitter can find word starts by bit arithmetic.</summary>
internal readonly ref struct AsciiBlock
{
    /// <summary>Bytes in a block.</summary>
    internal const int Size = 64;

    /// <summary>ASCII letters.</summary>
    internal readonly ulong Letters;

    /// <summary>ASCII digits.</summary>
    internal readonly ulong Digits;

    /// <summary>ASCII white space.</summary>
    internal readonly ulong Spaces;

    /// <summary>The space itself.</summary>
    internal readonly ulong Blanks;

    /// <summary>Apostrophes.</summary>
    internal readonly ulong Quotes;

    /// <summary>Bytes that are not ASCII; no other mask holds them.</summary>
    internal readonly ulong Foreign;

    /// <summary>Classifies the 64 bytes at a reference.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal AsciiBlock(ref byte start)
    {
        var low = Vector256.LoadUnsafe(ref start);
        var high = Vector256.LoadUnsafe(ref start, 32);
        Foreign = Bits(low, high);
        Letters = Bits(IsLetter(low), IsLetter(high));
        Digits = Bits(IsDigit(low), IsDigit(high));
        var lowBlank = Vector256.Equals(low, Vector256.Create((byte)' '));
        var highBlank = Vector256.Equals(high, Vector256.Create((byte)' '));
        Blanks = Bits(lowBlank, highBlank);
        Spaces = Bits(IsControlSpace(low) | lowBlank, IsControlSpace(high) | highBlank);
        Quotes = Bits(Vector256.Equals(low, Vector256.Create((byte)'\'')), Vector256.Equals(high, Vector256.Create((byte)'\'')));
    }

    /// <summary>
    /// Bytes of the contraction <c>'(s|t|m|d|re|ve|ll)</c> after an apostrophe, or 0 when there is none; two bytes must
    /// follow the apostrophe.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int ContractionLength(ref byte apostrophe)
    {
        var first = Unsafe.Add(ref apostrophe, 1);
        if (first is (byte)'s' or (byte)'t' or (byte)'m' or (byte)'d')
        {
            return 2;
        }

        var second = Unsafe.Add(ref apostrophe, 2);
        return (first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l') ? 3 : 0;
    }

    private static ulong Bits(Vector256<byte> low, Vector256<byte> high)
    {
        return low.ExtractMostSignificantBits() | ((ulong)high.ExtractMostSignificantBits() << 32);
    }

    private static Vector256<byte> IsLetter(Vector256<byte> bytes)
    {
        return Vector256.LessThanOrEqual((bytes | Vector256.Create((byte)0x20)) - Vector256.Create((byte)'a'), Vector256.Create((byte)25));
    }

    private static Vector256<byte> IsDigit(Vector256<byte> bytes)
    {
        return Vector256.LessThanOrEqual(bytes - Vector256.Create((byte)'0'), Vector256.Create((byte)9));
    }

    private static Vector256<byte> IsControlSpace(Vector256<byte> bytes)
    {
        return Vector256.LessThanOrEqual(bytes - Vector256.Create((byte)'\t'), Vector256.Create((byte)4));
    }
}
