using System.Numerics;

namespace Granary.Pipelines.Climb.Embedding;

/// <summary>Counts the hashed n-grams of a text; not safe for several threads at once.</summary>
/// <remarks>
/// A word is a run of ASCII letters, digits and bytes of other characters; every other character but white space is a word of its
/// own, so that code is told from prose. Letters A to Z count as small. N-grams of bytes are taken inside of words with a mark at
/// either end.
/// </remarks>
internal sealed class NgramCounter
{
    private const ulong Prime = 1099511628211;
    private const ulong Offset = 14695981039346656037;
    private const ulong CharacterOffset = 0x9E3779B97F4A7C15;
    private const byte Mark = 1; // beside a word; in no text that matters

    private readonly HashedNgramsConfig _config;
    private readonly int _shift;
    private readonly int[] _counts;
    private readonly List<int> _present = []; // features that were counted
    private readonly List<byte> _word = [];
    private readonly ulong[] _last; // hashes of the last words, the latest first

    public NgramCounter(HashedNgramsConfig config)
    {
        _config = config;
        _shift = 64 - BitOperations.Log2((uint)config.Features);
        _counts = new int[config.Features];
        _last = new ulong[config.WordNgrams];
    }

    /// <summary>The features of a text with their counts, by feature.</summary>
    public SparseRow Count(ReadOnlySpan<byte> text)
    {
        Array.Clear(_last);
        foreach (var value in text)
        {
            if (IsOfWord(value))
            {
                _word.Add(value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | 0x20) : value);
                continue;
            }

            EndWord();
            if (value > ' ')
            {
                AddWord(Step(Offset, value));
            }
        }

        EndWord();
        return Take();
    }

    private static bool IsOfWord(byte value)
    {
        return value >= 0x80 || char.IsAsciiLetterOrDigit((char)value);
    }

    private static ulong Step(ulong hash, ulong value)
    {
        return (hash ^ value) * Prime;
    }

    private void EndWord()
    {
        if (_word.Count == 0)
        {
            return;
        }

        var hash = Offset;
        foreach (var value in _word)
        {
            hash = Step(hash, value);
        }

        AddWord(hash);
        AddCharacters();
        _word.Clear();
    }

    private void AddWord(ulong hash)
    {
        var joined = hash;
        Add(joined);
        for (var i = 0; i < _last.Length - 1 && _last[i] != 0; i++)
        {
            joined = Step(BitOperations.RotateLeft(joined, 23), _last[i]);
            Add(joined);
        }

        for (var i = _last.Length - 1; i > 0; i--)
        {
            _last[i] = _last[i - 1];
        }

        _last[0] = hash;
    }

    private void AddCharacters()
    {
        var length = _config.CharacterNgrams;
        if (length == 0)
        {
            return;
        }

        _word.Insert(0, Mark);
        _word.Add(Mark);
        for (var start = 0; start + length <= _word.Count; start++)
        {
            var hash = CharacterOffset;
            for (var i = start; i < start + length; i++)
            {
                hash = Step(hash, _word[i]);
            }

            Add(hash);
        }
    }

    private void Add(ulong hash)
    {
        // The high bits of a product depend on all bits of the hash.
        var feature = (int)((hash * 0x9E3779B97F4A7C15) >> _shift);
        if (_counts[feature]++ == 0)
        {
            _present.Add(feature);
        }
    }

    private SparseRow Take()
    {
        _present.Sort();
        int[] features = [.. _present];
        var counts = new float[features.Length];
        for (var i = 0; i < features.Length; i++)
        {
            counts[i] = _counts[features[i]];
            _counts[features[i]] = 0;
        }

        _present.Clear();
        return new SparseRow(features, counts);
    }
}
