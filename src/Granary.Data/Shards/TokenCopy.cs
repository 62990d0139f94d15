using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Granary.Data.Shards;

/// <summary>Copies token ids between integer widths, 16 at a time.</summary>
internal static class TokenCopy
{
    /// <summary>The index of the first id outside a vocabulary, or -1 where all are inside.</summary>
    public static int FirstOutside(ReadOnlySpan<int> ids, int vocabularySize)
    {
        ref var from = ref Unsafe.As<int, uint>(ref MemoryMarshal.GetReference(ids));
        var limit = Vector256.Create((uint)vocabularySize);
        var i = 0;
        for (; i <= ids.Length - Vector256<uint>.Count; i += Vector256<uint>.Count)
        {
            // Unsigned, so that a negative id is above every vocabulary.
            if (Vector256.GreaterThanOrEqualAny(Vector256.LoadUnsafe(ref from, (nuint)i), limit))
            {
                break;
            }
        }

        for (; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)vocabularySize)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Copies ids that fit to two or four bytes each.</summary>
    public static void Narrow(ReadOnlySpan<int> ids, Span<byte> destination, int bytesPerToken)
    {
        if (bytesPerToken == sizeof(uint))
        {
            MemoryMarshal.AsBytes(ids).CopyTo(destination);
        }
        else
        {
            NarrowToUInt16(ids, MemoryMarshal.Cast<byte, ushort>(destination));
        }
    }

    /// <summary>Copies ids of two bytes each to 32 bits.</summary>
    public static void Widen(ReadOnlySpan<ushort> ids, Span<int> destination)
    {
        ref var from = ref MemoryMarshal.GetReference(ids);
        ref var to = ref Unsafe.As<int, uint>(ref MemoryMarshal.GetReference(destination[..ids.Length]));
        var i = 0;
        for (; i <= ids.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(ref from, (nuint)i));
            low.StoreUnsafe(ref to, (nuint)i);
            high.StoreUnsafe(ref to, (nuint)i + 8);
        }

        for (; i < ids.Length; i++)
        {
            destination[i] = ids[i];
        }
    }

    /// <summary>Copies ids of two bytes each to 64 bits.</summary>
    public static void Widen(ReadOnlySpan<ushort> ids, Span<long> destination)
    {
        ref var from = ref MemoryMarshal.GetReference(ids);
        ref var to = ref Unsafe.As<long, ulong>(ref MemoryMarshal.GetReference(destination[..ids.Length]));
        var i = 0;
        for (; i <= ids.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(ref from, (nuint)i));
            Store(low, ref to, (nuint)i);
            Store(high, ref to, (nuint)i + 8);
        }

        for (; i < ids.Length; i++)
        {
            destination[i] = ids[i];
        }
    }

    /// <summary>Copies ids of four bytes each to 64 bits.</summary>
    public static void Widen(ReadOnlySpan<uint> ids, Span<long> destination)
    {
        ref var from = ref MemoryMarshal.GetReference(ids);
        ref var to = ref Unsafe.As<long, ulong>(ref MemoryMarshal.GetReference(destination[..ids.Length]));
        var i = 0;
        for (; i <= ids.Length - Vector256<uint>.Count; i += Vector256<uint>.Count)
        {
            Store(Vector256.LoadUnsafe(ref from, (nuint)i), ref to, (nuint)i);
        }

        for (; i < ids.Length; i++)
        {
            destination[i] = ids[i];
        }
    }

    private static void NarrowToUInt16(ReadOnlySpan<int> ids, Span<ushort> destination)
    {
        ref var from = ref Unsafe.As<int, uint>(ref MemoryMarshal.GetReference(ids));
        ref var to = ref MemoryMarshal.GetReference(destination[..ids.Length]);
        var i = 0;
        for (; i <= ids.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            var low = Vector256.LoadUnsafe(ref from, (nuint)i);
            var high = Vector256.LoadUnsafe(ref from, (nuint)i + 8);
            Vector256.Narrow(low, high).StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < ids.Length; i++)
        {
            destination[i] = (ushort)ids[i];
        }
    }

    private static void Store(Vector256<uint> ids, ref ulong to, nuint index)
    {
        var (low, high) = Vector256.Widen(ids);
        low.StoreUnsafe(ref to, index);
        high.StoreUnsafe(ref to, index + 4);
    }
}
