namespace Granary.Data.Tokenization;

/// <summary>Merges a word's symbols pair by pair: always the lowest rank, and of equal ranks the leftmost.</summary>
/// <remarks>
/// Short words: a scan for the lowest rank per merge, O(n²) on arrays of a few cache lines. Long words: a heap of
/// (rank, place) over a linked list, O(n log n). One per thread, because it keeps its scratch arrays.
/// </remarks>
internal sealed class WordMerger
{
    /// <summary>Symbols up to which the scan is used; from here on the heap is faster.</summary>
    internal const int LongestScan = 48;

    private readonly PairTable _pairs;
    private readonly ulong[] _candidates = new ulong[LongestScan];

    // Scratch of the heap; grown to the longest word met.
    private ulong[] _heap = [];
    private ulong[] _current = [];
    private int[] _next = [];
    private int[] _previous = [];
    private int _heapCount;

    internal WordMerger(PairTable pairs)
    {
        _pairs = pairs;
    }

    /// <summary>Merges the symbols in place and returns how many are left.</summary>
    internal int Merge(Span<int> symbols)
    {
        return symbols.Length <= LongestScan ? MergeByScan(symbols) : MergeByHeap(symbols);
    }

    internal int MergeByScan(Span<int> symbols)
    {
        var candidates = _candidates.AsSpan(0, Math.Max(0, symbols.Length - 1));
        for (var i = 0; i < candidates.Length; i++)
        {
            candidates[i] = _pairs.Find(symbols[i], symbols[i + 1]);
        }

        while (true)
        {
            var best = PairTable.None;
            var place = -1;
            for (var i = 0; i < candidates.Length; i++)
            {
                if (candidates[i] < best)
                {
                    best = candidates[i];
                    place = i;
                }
            }

            if (place < 0)
            {
                return symbols.Length;
            }

            symbols[place] = (int)(uint)best;
            symbols[(place + 2)..].CopyTo(symbols[(place + 1)..]);
            symbols = symbols[..^1];
            candidates[(place + 1)..].CopyTo(candidates[place..]);
            candidates = candidates[..^1];
            if (place > 0)
            {
                candidates[place - 1] = _pairs.Find(symbols[place - 1], symbols[place]);
            }

            if (place < candidates.Length)
            {
                candidates[place] = _pairs.Find(symbols[place], symbols[place + 1]);
            }
        }
    }

    internal int MergeByHeap(Span<int> symbols)
    {
        Link(symbols);
        while (_heapCount > 0)
        {
            var (rank, place) = Pop();

            // A pair that has changed since it was pushed has another rank by now, or none.
            var current = _current[place];
            if (current == PairTable.None || (uint)(current >> 32) != rank)
            {
                continue;
            }

            var right = _next[place];
            symbols[place] = (int)(uint)current;
            _current[right] = PairTable.None;
            symbols[right] = -1;
            _next[place] = _next[right];
            if (_next[place] < symbols.Length)
            {
                _previous[_next[place]] = place;
            }

            Refresh(symbols, place);
            if (_previous[place] >= 0)
            {
                Refresh(symbols, _previous[place]);
            }
        }

        var kept = 0;
        foreach (var symbol in symbols)
        {
            if (symbol >= 0)
            {
                symbols[kept++] = symbol;
            }
        }

        return kept;
    }

    private void Link(ReadOnlySpan<int> symbols)
    {
        if (_current.Length < symbols.Length)
        {
            _current = new ulong[symbols.Length];
            _next = new int[symbols.Length];
            _previous = new int[symbols.Length];
            _heap = new ulong[symbols.Length * 3];
        }

        _heapCount = 0;
        for (var i = 0; i < symbols.Length; i++)
        {
            _next[i] = i + 1;
            _previous[i] = i - 1;
            _current[i] = i + 1 < symbols.Length ? _pairs.Find(symbols[i], symbols[i + 1]) : PairTable.None;
            if (_current[i] != PairTable.None)
            {
                _heap[_heapCount++] = (_current[i] & 0xFFFFFFFF00000000) | (uint)i;
            }
        }

        for (var i = (_heapCount >> 1) - 1; i >= 0; i--)
        {
            SiftDown(i, _heap[i]);
        }
    }

    private void Refresh(ReadOnlySpan<int> symbols, int place)
    {
        var right = _next[place];
        var found = right < symbols.Length ? _pairs.Find(symbols[place], symbols[right]) : PairTable.None;
        _current[place] = found;
        if (found != PairTable.None)
        {
            // Each merge pushes at most two entries and there are fewer merges than symbols, so three per symbol suffice.
            Push((found & 0xFFFFFFFF00000000) | (uint)place);
        }
    }

    private void Push(ulong entry)
    {
        var place = _heapCount++;
        while (place > 0 && _heap[(place - 1) >> 1] > entry)
        {
            _heap[place] = _heap[(place - 1) >> 1];
            place = (place - 1) >> 1;
        }

        _heap[place] = entry;
    }

    private (uint Rank, int Place) Pop()
    {
        var top = _heap[0];
        var last = _heap[--_heapCount];
        if (_heapCount > 0)
        {
            SiftDown(0, last);
        }

        return ((uint)(top >> 32), (int)(uint)top);
    }

    private void SiftDown(int place, ulong entry)
    {
        while (true)
        {
            var child = (2 * place) + 1;
            if (child >= _heapCount)
            {
                break;
            }

            if (child + 1 < _heapCount && _heap[child + 1] < _heap[child])
            {
                child++;
            }

            if (_heap[child] >= entry)
            {
                break;
            }

            _heap[place] = _heap[child];
            place = child;
        }

        _heap[place] = entry;
    }
}
