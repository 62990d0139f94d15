using System.Numerics;

namespace Granary.Data.Tokenization.Training;

/// <summary>How often each pair of neighbouring symbols occurs, and in which words it has newly appeared.</summary>
/// <remarks>
/// Lists of words are linked entries in two arrays, so that a million short lists cost eight bytes an entry; an entry that
/// is taken out is used again.
/// </remarks>
internal sealed class PairStatistics
{
    /// <summary>The end of a list.</summary>
    internal const int NoEntry = -1;

    private const ulong HashFactor = 0x9E3779B97F4A7C15;

    private readonly List<int> _touched = []; // pairs whose list of new words is not empty
    private int[] _table = new int[1 << 16]; // pair's index + 1, or 0; at most half full
    private ulong[] _pairs = new ulong[1 << 15];
    private long[] _counts = new long[1 << 15];
    private int[] _newWords = new int[1 << 15]; // the head of each pair's list
    private int[] _entryWord = new int[1 << 16];
    private int[] _entryNext = new int[1 << 16];
    private int _entries;
    private int _free = NoEntry;
    private int _pairCount;

    /// <summary>A pair as one number, which orders pairs by left id, then right id.</summary>
    internal static ulong PairOf(int left, int right)
    {
        return ((ulong)(uint)left << 32) | (uint)right;
    }

    /// <summary>The count of a pair by its index.</summary>
    internal long CountOf(int index)
    {
        return _counts[index];
    }

    /// <summary>The pair of an index.</summary>
    internal ulong PairAt(int index)
    {
        return _pairs[index];
    }

    /// <summary>Changes a pair's count; an increase also notes the word, unless it is the last one noted.</summary>
    internal void Change(ulong pair, long change, int word)
    {
        var index = IndexOf(pair);
        _counts[index] += change;
        if (change < 0)
        {
            return;
        }

        var head = _newWords[index];
        if (head == NoEntry)
        {
            _touched.Add(index);
        }
        else if (_entryWord[head] == word)
        {
            return;
        }

        _newWords[index] = NewEntry(word, head);
    }

    /// <summary>Hands over the lists of new words, each with its pair's index, and begins new ones.</summary>
    internal void TakeNewWords(Action<int, int> take)
    {
        foreach (var index in _touched)
        {
            var head = _newWords[index];
            _newWords[index] = NoEntry;
            take(index, head);
        }

        _touched.Clear();
    }

    /// <summary>The word of a list's entry.</summary>
    internal int WordOf(int entry)
    {
        return _entryWord[entry];
    }

    /// <summary>Frees an entry and returns the one after it.</summary>
    internal int FreeAndNext(int entry)
    {
        var next = _entryNext[entry];
        _entryNext[entry] = _free;
        _free = entry;
        return next;
    }

    private int NewEntry(int word, int next)
    {
        var entry = _free;
        if (entry != NoEntry)
        {
            _free = _entryNext[entry];
        }
        else
        {
            entry = _entries++;
            if (entry == _entryWord.Length)
            {
                Array.Resize(ref _entryWord, entry * 2);
                Array.Resize(ref _entryNext, entry * 2);
            }
        }

        _entryWord[entry] = word;
        _entryNext[entry] = next;
        return entry;
    }

    private int IndexOf(ulong pair)
    {
        var slot = SlotOf(pair);
        for (; _table[slot] != 0; slot = (slot + 1) & (_table.Length - 1))
        {
            if (_pairs[_table[slot] - 1] == pair)
            {
                return _table[slot] - 1;
            }
        }

        if (_pairCount == _pairs.Length)
        {
            Grow();
            slot = SlotOf(pair);
            while (_table[slot] != 0)
            {
                slot = (slot + 1) & (_table.Length - 1);
            }
        }

        _pairs[_pairCount] = pair;
        _newWords[_pairCount] = NoEntry;
        _table[slot] = ++_pairCount;
        return _pairCount - 1;
    }

    private void Grow()
    {
        Array.Resize(ref _pairs, _pairCount * 2);
        Array.Resize(ref _counts, _pairCount * 2);
        Array.Resize(ref _newWords, _pairCount * 2);
        _table = new int[_table.Length * 2];
        for (var index = 0; index < _pairCount; index++)
        {
            var slot = SlotOf(_pairs[index]);
            while (_table[slot] != 0)
            {
                slot = (slot + 1) & (_table.Length - 1);
            }

            _table[slot] = index + 1;
        }
    }

    private int SlotOf(ulong pair)
    {
        return (int)((pair * HashFactor) >> (64 - BitOperations.Log2((uint)_table.Length)));
    }
}
