using System.Numerics;
using System.Runtime.CompilerServices;

namespace Granary.Data.Tokenization;

/// <summary>What each pair of neighbouring symbols merges into, and how early: a flat hash table.</summary>
/// <remarks>Open addressing with linear probing at half load or less; a slot is the pair, then rank and new id, 16 bytes.</remarks>
internal sealed class PairTable
{
    /// <summary>The answer for a pair that does not merge; greater than that of any pair that does.</summary>
    internal const ulong None = ulong.MaxValue;

    private const ulong EmptyKey = ulong.MaxValue; // ids stay below 2^28, so no pair has this key
    private const ulong HashFactor = 0x9E3779B97F4A7C15;

    private readonly ulong[] _slots;
    private readonly int _shift;

    /// <summary>Creates a table with room for a number of pairs.</summary>
    internal PairTable(int pairs)
    {
        var capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, pairs * 2L));
        _shift = 64 - BitOperations.Log2((uint)capacity);
        _slots = new ulong[capacity * 2];
        Array.Fill(_slots, EmptyKey);
    }

    /// <summary>Sets what a pair merges into; a later call for the same pair replaces the earlier one.</summary>
    internal void Set(int left, int right, int rank, int merged)
    {
        var key = KeyOf(left, right);
        var slot = SlotOf(key);
        while (_slots[slot] != EmptyKey && _slots[slot] != key)
        {
            slot = (slot + 2) & (_slots.Length - 1);
        }

        _slots[slot] = key;
        _slots[slot + 1] = ((ulong)(uint)rank << 32) | (uint)merged;
    }

    /// <summary>The rank in the upper half and the merged id in the lower, or <see cref="None"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong Find(int left, int right)
    {
        var slots = _slots;
        var key = KeyOf(left, right);
        for (var slot = SlotOf(key); ; slot = (slot + 2) & (slots.Length - 1))
        {
            var found = slots[slot];
            if (found == key)
            {
                return slots[slot + 1];
            }

            if (found == EmptyKey)
            {
                return None;
            }
        }
    }

    private static ulong KeyOf(int left, int right)
    {
        return ((ulong)(uint)left << 32) | (uint)right;
    }

    private int SlotOf(ulong key)
    {
        return (int)((key * HashFactor) >> _shift) * 2;
    }
}
