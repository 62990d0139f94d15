using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Granary.Data.Tokenization.Splitting;

/// <summary>The classes of 64 bytes, one bit a byte, so that a splitter can find word starts by bit arithmetic.</summary>
/// <remarks>Bytes that are not ASCII are in <see cref="Foreign"/> and in no other mask.</remarks>
internal readonly struct AsciiBlock
{
    /// <summary>Bytes in a block.</summary>
    internal const int Size = 64;

    private readonly Vector256<byte> _low;
    private readonly Vector256<byte> _high;

    /// <summary>Takes the 64 bytes at a reference.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal AsciiBlock(ref byte start)
    {
        _low = Vector256.LoadUnsafe(ref start);
        _high = Vector256.LoadUnsafe(ref start, 32);
    }

    /// <summary>Letters.</summary>
    internal ulong Letters => Bits(IsBetween(_low | Vector256.Create((byte)0x20), 'a', 'z'), IsBetween(_high | Vector256.Create((byte)0x20), 'a', 'z'));

    /// <summary>Capital letters.</summary>
    internal ulong Capitals => Between('A', 'Z');

    /// <summary>Digits.</summary>
    internal ulong Digits => Between('0', '9');

    /// <summary>White space.</summary>
    internal ulong Spaces => Between('\t', '\r') | Blanks;

    /// <summary>The space itself.</summary>
    internal ulong Blanks => EqualTo(' ');

    /// <summary>Line feeds and carriage returns.</summary>
    internal ulong Newlines => EqualTo('\n') | EqualTo('\r');

    /// <summary>Bytes that are not ASCII.</summary>
    internal ulong Foreign => Bits(_low, _high);

    /// <summary>Bytes equal to an ASCII character.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong EqualTo(char character)
    {
        var wanted = Vector256.Create((byte)character);
        return Bits(Vector256.Equals(_low, wanted), Vector256.Equals(_high, wanted));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Between(char first, char last)
    {
        return Bits(IsBetween(_low, first, last), IsBetween(_high, first, last));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> IsBetween(Vector256<byte> bytes, char first, char last)
    {
        return Vector256.LessThanOrEqual(bytes - Vector256.Create((byte)first), Vector256.Create((byte)(last - first)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bits(Vector256<byte> low, Vector256<byte> high)
    {
        return low.ExtractMostSignificantBits() | ((ulong)high.ExtractMostSignificantBits() << 32);
    }
}
