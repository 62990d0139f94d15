using System.Text;

namespace Granary.Core.Randomness;

/// <summary>
/// A place in the tree of random streams. Streams are derived from (seed, purpose, step, row, ...), never from rank or
/// clock, so that any process computes the same numbers.
/// </summary>
public readonly record struct RandomKey
{
    // Sets derivation apart from drawing: a stream never meets the keys of its own children.
    private const ulong DerivationDomain = 0x6B65795F666F6C64; // "key_fold"
    private const ulong DrawDomain = 0x6472617700000000;       // "draw"

    private readonly ulong _key;

    private RandomKey(ulong key)
    {
        _key = key;
    }

    /// <summary>The root stream of a run.</summary>
    public static RandomKey FromSeed(long seed)
    {
        return new RandomKey(unchecked((ulong)seed)).Fold(0);
    }

    /// <summary>The child stream with a number: a step, a row, a bucket.</summary>
    public RandomKey Fold(long index)
    {
        return new RandomKey(Philox.Block(_key, unchecked((ulong)index), DerivationDomain).Low);
    }

    /// <summary>The child stream with a name: what the numbers are for.</summary>
    public RandomKey Use(string purpose)
    {
        // FNV-1a, 64 bits: fixed for all time, unlike string.GetHashCode.
        var hash = 14695981039346656037UL;
        foreach (var value in Encoding.UTF8.GetBytes(purpose))
        {
            hash = (hash ^ value) * 1099511628211UL;
        }

        return new RandomKey(Philox.Block(_key, hash, DerivationDomain + 1).Low);
    }

    /// <summary>The stream's 64-bit word at a position.</summary>
    public ulong UInt64At(long position)
    {
        return Philox.Block(_key, unchecked((ulong)position), DrawDomain).Low;
    }

    /// <summary>A number in [0, 1) with 53 random bits, at a position.</summary>
    public double DoubleAt(long position)
    {
        return (UInt64At(position) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>An integer in [0, bound) at a position, without bias (Lemire's method with rejection).</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is not positive.</exception>
    public long BelowAt(long position, long bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        var limit = (ulong)bound;
        var threshold = unchecked(0UL - limit) % limit;
        for (ulong attempt = 0; ; attempt++)
        {
            var word = Philox.Block(_key, unchecked((ulong)position), DrawDomain + 1 + attempt).Low;
            var high = Math.BigMul(word, limit, out var low);
            if (low >= threshold)
            {
                return (long)high;
            }
        }
    }

    /// <summary>The key as a seed for a generator that wants one, such as a tensor library's.</summary>
    public long ToSeed()
    {
        return unchecked((long)(_key & long.MaxValue));
    }
}
