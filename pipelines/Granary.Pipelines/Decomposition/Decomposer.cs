using System.Numerics;
using Granary.Core.Configuration;
using Granary.Core.Randomness;
using Granary.Data.Shards;

namespace Granary.Pipelines.Decomposition;

/// <summary>
/// Cuts documents into adjacent pieces whose lengths are powers of two, the longest first: dataset decomposition
/// (Pouransari et al., NeurIPS 2024, section 2.1). A pure function of a document's length, its hash and the seed.
/// </summary>
public sealed class Decomposer
{
    private readonly DecompositionConfig _config;
    private readonly RandomKey _key;
    private readonly int _extraIds;      // ids a piece needs beyond its inputs
    private readonly int _stepBeyond;    // ids the next piece starts beyond the inputs
    private readonly bool _isLongRandom;
    private readonly bool _alignsEnd;

    /// <summary>Creates a decomposer; the seed matters only where long documents get random lengths.</summary>
    /// <exception cref="ConfigurationException">A value of the configuration cannot be used.</exception>
    public Decomposer(DecompositionConfig config, long seed)
    {
        var errors = new ConfigurationErrors();
        config.Validate("decomposition", errors);
        errors.ThrowIfAny("decomposition");

        _config = config;
        _key = RandomKey.FromSeed(seed).Use("decomposition/long-documents");
        _extraIds = config.Pieces == "2^k" ? 0 : 1;
        _stepBeyond = config.Pieces == "2^k+1" ? 1 : 0;
        _isLongRandom = config.LongDocuments == "random";
        _alignsEnd = config.Tail == "align-end";
    }

    /// <summary>Replaces the content of <paramref name="pieces"/> by the pieces of a document of that many ids, in order.</summary>
    public void Cut(long length, DocumentHash document, List<Piece> pieces)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        pieces.Clear();
        var shortest = (1L << _config.MinExponent) + _extraIds;
        var start = 0L;
        while (length - start >= shortest)
        {
            var exponent = BitOperations.Log2((ulong)(length - start - _extraIds));
            if (exponent > _config.MaxExponent)
            {
                exponent = _isLongRandom ? RandomExponent(document, pieces.Count) : _config.MaxExponent;
            }

            pieces.Add(new Piece(start, exponent));
            start += (1L << exponent) + _stepBeyond;
        }

        if (_alignsEnd && length >= shortest && EndOf(pieces[^1]) < length)
        {
            pieces.Add(new Piece(length - shortest, _config.MinExponent, IsAlignedToEnd: true));
        }
    }

    /// <summary>The id behind the last one a piece needs.</summary>
    internal long EndOf(Piece piece)
    {
        return piece.Start + piece.Length + _extraIds;
    }

    /// <summary>The ids a piece needs: its inputs, and in the forms that say so one more for the last target.</summary>
    internal long CountIds(Piece piece)
    {
        return piece.Length + _extraIds;
    }

    // P(max - j) is proportional to 2^j, so that count times length, the tokens, is the same for every length.
    private int RandomExponent(DocumentHash document, int ordinal)
    {
        var key = _key.Fold((long)(ulong)(document.Value >> 64)).Fold((long)(ulong)document.Value);
        var lengths = _config.MaxExponent - _config.MinExponent + 1;
        var draw = key.BelowAt(ordinal, (1L << lengths) - 1);
        return _config.MaxExponent - BitOperations.Log2((ulong)draw + 1);
    }
}
