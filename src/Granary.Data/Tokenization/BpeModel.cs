using System.Globalization;
using System.Text;
using Granary.Data.Tokenization.Unicode;

namespace Granary.Data.Tokenization;

/// <summary>A vocabulary and its merges, laid out for encoding; immutable, so all threads share one.</summary>
internal sealed class BpeModel
{
    private const int Absent = -1;

    private readonly IReadOnlyDictionary<string, int> _vocabulary;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly bool _isByteLevel;
    private readonly bool _fusesUnknown;
    private readonly int _unknown = Absent;
    private readonly int[] _byteIds = new int[256]; // by byte; used when every byte has its own symbol
    private readonly int[]? _fallback; // by byte: the id of <0xHH>, or absent
    private readonly bool _hasEveryByte;

    /// <summary>Lays out a definition; throws <see cref="ArgumentException"/> naming a merge that the vocabulary cannot hold.</summary>
    internal BpeModel(TokenizerDefinition definition)
    {
        _vocabulary = definition.Vocabulary;
        var vocabulary = new Dictionary<string, int>(definition.Vocabulary);
        _lookup = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _isByteLevel = definition.IsByteLevel;
        _fusesUnknown = definition.FusesUnknown;
        IgnoresMerges = definition.IgnoresMerges;
        HasMerges = definition.Merges.Count > 0;
        if (definition.UnknownToken is { } unknown)
        {
            _unknown = vocabulary[unknown];
        }

        for (var value = 0; value < 256; value++)
        {
            _byteIds[value] = IdOrAbsent(ByteLevelAlphabet.CharacterOf((byte)value).ToString());
        }

        _hasEveryByte = _isByteLevel && Array.TrueForAll(_byteIds, id => id != Absent);
        if (definition.FallsBackToBytes)
        {
            _fallback = [.. Enumerable.Range(0, 256).Select(value => IdOrAbsent($"<0x{value.ToString("X2", CultureInfo.InvariantCulture)}>"))];
        }

        Pairs = new PairTable(definition.Merges.Count);
        for (var rank = 0; rank < definition.Merges.Count; rank++)
        {
            var (left, right) = definition.Merges[rank];
            Pairs.Set(Part(left, rank), Part(right, rank), rank, Part(left + right, rank));
        }
    }

    /// <summary>What pairs merge into.</summary>
    internal PairTable Pairs { get; }

    /// <summary>Whether a word that is in the vocabulary is one token whatever the merges say.</summary>
    internal bool IgnoresMerges { get; }

    /// <summary>Whether there are any merges; without them symbols are tokens.</summary>
    internal bool HasMerges { get; }

    /// <summary>Whether an id is that of a byte token, which stands in for characters outside the vocabulary.</summary>
    internal bool IsFallback(int id)
    {
        return _fallback is not null && _fallback.Contains(id);
    }

    /// <summary>Whether an id is that of the unknown token.</summary>
    internal bool IsUnknown(int id)
    {
        return id == _unknown;
    }

    /// <summary>The id of a whole word in the vocabulary, or -1.</summary>
    internal int WholeWord(ReadOnlySpan<byte> word)
    {
        var characters = word.Length <= 256 ? stackalloc char[word.Length] : new char[word.Length];
        if (!_isByteLevel)
        {
            return _lookup.TryGetValue(characters[..Encoding.UTF8.GetChars(word, characters)], out var found) ? found : Absent;
        }

        for (var i = 0; i < word.Length; i++)
        {
            characters[i] = ByteLevelAlphabet.CharacterOf(word[i]);
        }

        return _lookup.TryGetValue(characters, out var id) ? id : Absent;
    }

    /// <summary>Writes a word's first symbols, at most one a byte, and returns how many there are.</summary>
    internal int Symbolize(ReadOnlySpan<byte> word, Span<int> symbols)
    {
        if (_hasEveryByte)
        {
            for (var i = 0; i < word.Length; i++)
            {
                symbols[i] = _byteIds[word[i]];
            }

            return word.Length;
        }

        return SymbolizeWithGaps(word, symbols);
    }

    // The order of events is that of the format's reference implementation: a pending unknown token is written when a
    // known symbol or the word's end comes, but not when byte tokens do.
    private int SymbolizeWithGaps(ReadOnlySpan<byte> word, Span<int> symbols)
    {
        var count = 0;
        var isPending = false;
        Span<byte> utf8 = stackalloc byte[4];
        for (var position = 0; position < word.Length;)
        {
            var codePoint = _isByteLevel ? ByteLevelAlphabet.CharacterOf(word[position]) : CodePoints.Decode(word, position, out _);
            var rune = new Rune(codePoint);
            position += _isByteLevel ? 1 : rune.Utf8SequenceLength;
            var id = IdOf(rune);
            if (id != Absent)
            {
                if (isPending)
                {
                    symbols[count++] = _unknown;
                    isPending = false;
                }

                symbols[count++] = id;
                continue;
            }

            var bytes = utf8[..rune.EncodeToUtf8(utf8)];
            if (_fallback is not null && HasAll(bytes))
            {
                foreach (var value in bytes)
                {
                    symbols[count++] = _fallback[value];
                }
            }
            else if (_unknown != Absent)
            {
                if (isPending && !_fusesUnknown)
                {
                    symbols[count++] = _unknown;
                }

                isPending = true;
            }
        }

        if (isPending)
        {
            symbols[count++] = _unknown;
        }

        return count;
    }

    private bool HasAll(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            if (_fallback![value] == Absent)
            {
                return false;
            }
        }

        return true;
    }

    private int IdOf(Rune rune)
    {
        Span<char> characters = stackalloc char[2];
        return _lookup.TryGetValue(characters[..rune.EncodeToUtf16(characters)], out var id) ? id : Absent;
    }

    private int IdOrAbsent(string token)
    {
        return _vocabulary.TryGetValue(token, out var id) ? id : Absent;
    }

    private int Part(string token, int rank)
    {
        return _vocabulary.TryGetValue(token, out var id)
            ? id
            : throw new ArgumentException($"Merge {rank + 1} needs the token '{token}', which is not in the vocabulary. Add it or remove the merge.");
    }
}
