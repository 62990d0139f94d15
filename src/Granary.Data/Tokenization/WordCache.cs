using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Granary.Data.Tokenization;

/// <summary>Remembers the ids of short words: up to 15 bytes and 4 ids, in a table of fixed size.</summary>
/// <remarks>
/// A cache line holds two entries of 32 bytes: a key of 15 bytes and its length, then four ids, the last of which carries
/// the number of ids in its top four bits. A new word takes the first place of its line and moves the other back, so
/// memory stays flat and frequent words return quickly. Not safe for several threads at once.
/// </remarks>
internal sealed unsafe class WordCache
{
    /// <summary>The longest word that fits.</summary>
    internal const int LongestWord = 15;

    /// <summary>The most ids that fit.</summary>
    internal const int MostIds = 4;

    private const int LineSize = 64;
    private const int CountShift = 28;

    private readonly byte[] _memory; // pinned, so that _lines may point into it
    private readonly byte* _lines;
    private readonly uint _lineMask;

    /// <summary>Creates a cache of 2^<paramref name="lineBits"/> lines of 64 bytes.</summary>
    internal WordCache(int lineBits)
    {
        _memory = GC.AllocateArray<byte>((LineSize << lineBits) + LineSize, pinned: true);
        var start = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_memory));
        _lines = (byte*)((start + LineSize - 1) & ~(nuint)(LineSize - 1));
        _lineMask = (1U << lineBits) - 1;
    }

    /// <summary>The key of a word of 1 to 15 bytes; bytes behind the word may be read when <paramref name="readable"/> is at least 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static WordKey KeyOf(ref byte word, int length, int readable)
    {
        Vector128<byte> bytes;
        if (readable >= 16)
        {
            bytes = Vector128.LoadUnsafe(ref word) & Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(KeepMasks), (nuint)(16 - length));
        }
        else
        {
            bytes = Vector128<byte>.Zero;
            Unsafe.CopyBlockUnaligned(ref Unsafe.As<Vector128<byte>, byte>(ref bytes), ref word, (uint)length);
        }

        var halves = bytes.AsUInt64();
        return new WordKey(halves[0], halves[1] | ((ulong)(uint)length << 56));
    }

    /// <summary>
    /// Writes the ids of a known word to a place with room for four and returns their number; 0 when the word is not known.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int TryCopy(in WordKey key, ref int ids)
    {
        var line = LineOf(key);
        var first = (WordKey*)line;
        if ((first->Low ^ key.Low | first->High ^ key.High) != 0)
        {
            line += LineSize / 2;
            first = (WordKey*)line;
            if ((first->Low ^ key.Low | first->High ^ key.High) != 0)
            {
                return 0;
            }
        }

        var packed = Vector128.Load((uint*)(line + 16));
        (packed & Vector128.Create((1U << CountShift) - 1)).AsInt32().StoreUnsafe(ref ids);
        return (int)(packed[3] >> CountShift);
    }

    /// <summary>Remembers a word's 1 to 4 ids.</summary>
    internal void Add(in WordKey key, ReadOnlySpan<int> ids)
    {
        var line = LineOf(key);
        Vector256.Store(Vector256.Load(line), line + (LineSize / 2));
        *(WordKey*)line = key;
        var packed = (uint*)(line + 16);
        for (var i = 0; i < MostIds; i++)
        {
            packed[i] = i < ids.Length ? (uint)ids[i] : 0;
        }

        packed[3] |= (uint)ids.Length << CountShift;
    }

    // Sixteen bytes read at 16 - n are n times 0xFF, then zero.
    private static ReadOnlySpan<byte> KeepMasks =>
    [
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* LineOf(in WordKey key)
    {
        var hash = BitOperations.Crc32C(BitOperations.Crc32C(0, key.Low), key.High);
        return _lines + ((nuint)(hash & _lineMask) * LineSize);
    }
}
