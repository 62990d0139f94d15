using System.Numerics;
using Granary.Core.Randomness;

namespace Granary.Data.Batching;

/// <summary>
/// A random order of 0 to count - 1, as a function of a key. From 2^16 on it is computed, four Feistel rounds on the
/// next power of two, repeated until the result is below the count; below that it is a shuffled table, because four
/// rounds mix few bits badly.
/// </summary>
public sealed class RowPermutation
{
    private const int SmallestComputed = 1 << 16;
    private const int Rounds = 4;

    private readonly long _count;
    private readonly int[]? _table;
    private readonly ulong[] _roundKeys = new ulong[Rounds];
    private readonly int _lowBits;
    private readonly int _highBits;

    /// <summary>Creates the order that belongs to a key.</summary>
    public RowPermutation(RandomKey key, long count)
    {
        _count = count;
        if (count < SmallestComputed)
        {
            _table = Shuffle(key, (int)count);
            return;
        }

        var bits = 64 - BitOperations.LeadingZeroCount((ulong)count - 1);
        _lowBits = bits / 2;
        _highBits = bits - _lowBits;
        for (var round = 0; round < Rounds; round++)
        {
            _roundKeys[round] = key.UInt64At(round);
        }
    }

    /// <summary>The number at a place of the order.</summary>
    public long At(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _count);
        if (_table is not null)
        {
            return _table[index];
        }

        // The rounds permute the whole power of two, less than twice the count, so walking ends, after two steps on average at most.
        var value = (ulong)index;
        do
        {
            value = Feistel(value);
        }
        while (value >= (ulong)_count);

        return (long)value;
    }

    private static int[] Shuffle(RandomKey key, int count)
    {
        var table = new int[count];
        for (var i = 0; i < count; i++)
        {
            // Fisher-Yates from the inside out: entry i goes to a random place, what was there goes to place i.
            var other = (int)key.BelowAt(i, i + 1);
            table[i] = table[other];
            table[other] = i;
        }

        return table;
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private ulong Feistel(ulong value)
    {
        var lowMask = (1UL << _lowBits) - 1;
        var highMask = (1UL << _highBits) - 1;
        var (low, high) = (value & lowMask, value >> _lowBits);
        for (var round = 0; round < Rounds; round += 2)
        {
            low ^= Mix(high ^ _roundKeys[round]) & lowMask;
            high ^= Mix(low ^ _roundKeys[round + 1]) & highMask;
        }

        return (high << _lowBits) | low;
    }
}
