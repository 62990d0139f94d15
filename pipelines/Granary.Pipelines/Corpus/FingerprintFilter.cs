using System.Numerics;

namespace Granary.Pipelines.Corpus;

/// <summary>Says of most fingerprints that are in no file that they are in none, in a fixed number of bits (a Bloom filter of two).</summary>
internal sealed class FingerprintFilter
{
    private readonly ulong[] _bits;
    private readonly int _shift;

    /// <summary>A filter of at least as many bits.</summary>
    public FingerprintFilter(long bits)
    {
        var length = BitOperations.RoundUpToPowerOf2((ulong)Math.Max(64, bits));
        _bits = new ulong[length / 64];
        _shift = 64 - BitOperations.Log2(length);
    }

    public void Add(ulong fingerprint)
    {
        var (first, second) = BitsOf(fingerprint);
        _bits[first / 64] |= 1UL << (int)(first % 64);
        _bits[second / 64] |= 1UL << (int)(second % 64);
    }

    /// <summary>False only when the fingerprint was never added.</summary>
    public bool MayContain(ulong fingerprint)
    {
        var (first, second) = BitsOf(fingerprint);
        return ((_bits[first / 64] >> (int)(first % 64)) & (_bits[second / 64] >> (int)(second % 64)) & 1) != 0;
    }

    private (ulong First, ulong Second) BitsOf(ulong fingerprint)
    {
        // A fingerprint's bits are as good as random; the product mixes them for the second bit.
        return (fingerprint >> _shift, (fingerprint * 0x9E3779B97F4A7C15) >> _shift);
    }
}
