using System.Numerics;
using Granary.Core.Randomness;

namespace Granary.Pipelines.Corpus.NearDuplicates;

/// <summary>MinHash signatures: for each of some hash functions the least value among a text's runs of words.</summary>
/// <remarks>
/// Two texts agree in one place of their signatures with the probability that their sets of runs overlap (Broder, "On the
/// resemblance and containment of documents", 1997). The functions lie side by side in vectors, so eight or sixteen of them
/// take a run at once; the values are the same for any width. About 1,000 operations a run for 112 functions.
/// </remarks>
internal sealed class MinHasher
{
    private const int RunsAtATime = 256;
    private const uint FirstMixFactor = 0x85EBCA6B; // MurmurHash3's finalizer for 32 bits
    private const uint SecondMixFactor = 0xC2B2AE35;
    private const ulong KeyFactor = 0x9E3779B97F4A7C15;

    private readonly NearDuplicateConfig _config;
    private readonly ShingleReader _reader;
    private readonly uint[] _factors;
    private readonly uint[] _offsets;
    private readonly uint[] _least;
    private readonly ulong[] _runs = new ulong[RunsAtATime];
    private readonly Action<int> _take;

    internal MinHasher(NearDuplicateConfig config)
    {
        _config = config;
        _reader = new ShingleReader(config.Words);
        var lanes = (config.Hashes + Vector<uint>.Count - 1) / Vector<uint>.Count * Vector<uint>.Count;
        var key = RandomKey.FromSeed(config.Seed).Use("near duplicates");
        _factors = [.. Enumerable.Range(0, lanes).Select(hash => (uint)key.UInt64At(2L * hash) | 1)];
        _offsets = [.. Enumerable.Range(0, lanes).Select(hash => (uint)key.UInt64At((2L * hash) + 1))];
        _least = new uint[lanes];
        _take = count => Add(_runs.AsSpan(0, count));
    }

    /// <summary>Hashes of a signature.</summary>
    internal int Hashes => _config.Hashes;

    /// <summary>Writes a text's signature; false for a text without words, which equals nothing.</summary>
    internal bool Sign(ReadOnlySpan<byte> text, Span<uint> signature)
    {
        Begin();
        _reader.Read(text, _runs, _take);
        return End(signature);
    }

    /// <summary>The signature of given runs; the same as of a text with these.</summary>
    internal bool Sign(ReadOnlySpan<ulong> runs, Span<uint> signature)
    {
        Begin();
        Add(runs);
        return End(signature);
    }

    /// <summary>The number that is equal for signatures with equal hashes in a band, and hardly ever for others.</summary>
    internal ulong KeyOf(ReadOnlySpan<uint> signature, int band)
    {
        var key = (ulong)band;
        foreach (var hash in signature.Slice(band * _config.Rows, _config.Rows))
        {
            key = BitOperations.RotateLeft((key ^ hash) * KeyFactor, 31);
        }

        return key ^ (key >> 32);
    }

    private void Begin()
    {
        Array.Fill(_least, uint.MaxValue);
    }

    private void Add(ReadOnlySpan<ulong> runs)
    {
        for (var first = 0; first < _least.Length; first += Vector<uint>.Count)
        {
            var (factor, offset) = (new Vector<uint>(_factors, first), new Vector<uint>(_offsets, first));
            var least = new Vector<uint>(_least, first);
            foreach (var run in runs)
            {
                var value = (new Vector<uint>((uint)run) * factor) + (new Vector<uint>((uint)(run >> 32)) ^ offset);
                value = (value ^ (value >>> 16)) * new Vector<uint>(FirstMixFactor);
                value = (value ^ (value >>> 13)) * new Vector<uint>(SecondMixFactor);
                least = Vector.Min(least, value ^ (value >>> 16));
            }

            least.CopyTo(_least, first);
        }
    }

    // A run whose every hash is the greatest there is would take 2^32 runs to meet in one place.
    private bool End(Span<uint> signature)
    {
        _least.AsSpan(0, _config.Hashes).CopyTo(signature);
        return signature[..Math.Min(2, signature.Length)].ContainsAnyExcept(uint.MaxValue);
    }
}
