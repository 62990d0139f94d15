namespace Granary.Data.Tokenization.Training;

/// <summary>Learns merges from counted words, in the order of Hugging Face's trainer, ties and repeated pairs included.</summary>
/// <remarks>
/// (1) Symbols: special tokens take the first ids, then the alphabet by code point. (2) Every pair is counted and queued
/// with the words that hold it. (3) The most frequent pair is taken, of equally frequent ones that with the lower ids; an
/// entry whose count has changed goes back with its present count. (4) The pair is merged in the words of its entry, and
/// the pairs that this makes are queued with those words. Counts are 64-bit where the reference has 32. A merge costs time
/// in proportion to the words that hold it.
/// </remarks>
internal sealed class MergeLearner
{
    private readonly TokenizerConfig _config;
    private readonly Dictionary<string, int> _idOfToken = [];
    private readonly List<string> _tokens = [];
    private readonly PairStatistics _pairs = new();
    private readonly PriorityQueue<Entry, Entry> _queue = new(Comparer<Entry>.Create(Entry.Compare));
    private readonly List<(ulong Pair, int Merged)> _merges = [];
    private long[] _occurrences = [];
    private int[] _symbols = []; // all words' symbols, one word behind the other
    private int[] _starts = [];
    private int[] _sizes = []; // symbols left in each word

    // The order in which entries came: decides between entries of the same pair.
    private int _sequence;

    internal MergeLearner(TokenizerConfig config)
    {
        _config = config;
    }

    /// <summary>The vocabulary in the order of ids.</summary>
    internal IReadOnlyList<string> Tokens => _tokens;

    /// <summary>Learns until the vocabulary is full or no pair is frequent enough, and returns the merges, each pair once.</summary>
    internal List<(string Left, string Right)> Learn(WordCounter words, Action<int> reportMerges, CancellationToken cancellationToken)
    {
        AddSpecialTokens();
        AddAlphabet(words);
        PlaceSymbols(words);
        CountPairs();
        while (_tokens.Count < _config.VocabSize && _queue.TryDequeue(out var top, out _))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = _pairs.CountOf(top.Pair);
            if (top.Count != count)
            {
                Enqueue(top with { Count = count });
                continue;
            }

            if (count < 1 || count < _config.MinFrequency)
            {
                break;
            }

            Merge(top);
            reportMerges(_merges.Count);
        }

        return DistinctMerges();
    }

    private void AddSpecialTokens()
    {
        foreach (var token in _config.SpecialTokens)
        {
            AddToken(token);
        }
    }

    private void AddAlphabet(WordCounter words)
    {
        var isUsed = new bool[256];
        Array.Fill(isUsed, _config.FullAlphabet);
        for (var word = 0; word < words.Count; word++)
        {
            foreach (var value in words.BytesOf(word))
            {
                isUsed[value] = true;
            }
        }

        foreach (var value in ByteLevelAlphabet.InCharacterOrder())
        {
            if (isUsed[value])
            {
                AddToken(ByteLevelAlphabet.CharacterOf(value).ToString());
            }
        }
    }

    private void PlaceSymbols(WordCounter words)
    {
        _occurrences = new long[words.Count];
        _starts = new int[words.Count];
        _sizes = new int[words.Count];
        var total = 0L;
        for (var word = 0; word < words.Count; word++)
        {
            total += words.BytesOf(word).Length;
        }

        if (total > Array.MaxLength)
        {
            throw new ArgumentException($"The different words hold '{total}' bytes but training can hold {Array.MaxLength}. Train on a sample of the text.");
        }

        _symbols = new int[total];
        var next = 0;
        var idOfByte = Enumerable.Range(0, 256).Select(value => _idOfToken.GetValueOrDefault(ByteLevelAlphabet.CharacterOf((byte)value).ToString(), -1)).ToArray();
        for (var word = 0; word < words.Count; word++)
        {
            var bytes = words.BytesOf(word);
            (_occurrences[word], _starts[word], _sizes[word]) = (words.OccurrencesOf(word), next, bytes.Length);
            foreach (var value in bytes)
            {
                _symbols[next++] = idOfByte[value];
            }
        }
    }

    private void CountPairs()
    {
        for (var word = 0; word < _starts.Length; word++)
        {
            var symbols = _symbols.AsSpan(_starts[word], _sizes[word]);
            for (var i = 0; i + 1 < symbols.Length; i++)
            {
                _pairs.Change(PairStatistics.PairOf(symbols[i], symbols[i + 1]), _occurrences[word], word);
            }
        }

        EnqueueNewWords();
    }

    private void Merge(Entry top)
    {
        var pair = _pairs.PairAt(top.Pair);
        var (left, right) = ((int)(pair >> 32), (int)(uint)pair);
        var token = _tokens[left] + _tokens[right];
        if (!_idOfToken.TryGetValue(token, out var merged))
        {
            merged = AddToken(token);
        }

        _merges.Add((pair, merged));
        for (var entry = top.Words; entry != PairStatistics.NoEntry; entry = _pairs.FreeAndNext(entry))
        {
            MergeInWord(_pairs.WordOf(entry), left, right, merged);
        }

        EnqueueNewWords();
    }

    private void MergeInWord(int word, int left, int right, int merged)
    {
        var symbols = _symbols.AsSpan(_starts[word], _sizes[word]);
        var occurrences = _occurrences[word];
        var limit = _config.MaxTokenLength ?? int.MaxValue;
        var kept = 0;
        for (var i = 0; i < symbols.Length; i++)
        {
            if (symbols[i] != left || i + 1 == symbols.Length || symbols[i + 1] != right)
            {
                symbols[kept++] = symbols[i];
                continue;
            }

            i++;
            if (kept > 0)
            {
                ChangeNeighbours((symbols[kept - 1], left), (symbols[kept - 1], merged), symbols[kept - 1], merged);
            }

            symbols[kept++] = merged;
            if (i + 1 < symbols.Length)
            {
                ChangeNeighbours((right, symbols[i + 1]), (merged, symbols[i + 1]), merged, symbols[i + 1]);
            }
        }

        _sizes[word] = kept;

        void ChangeNeighbours((int, int) broken, (int, int) made, int first, int second)
        {
            _pairs.Change(PairStatistics.PairOf(broken.Item1, broken.Item2), -occurrences, word);
            if (_tokens[first].Length + _tokens[second].Length < limit)
            {
                _pairs.Change(PairStatistics.PairOf(made.Item1, made.Item2), occurrences, word);
            }
        }
    }

    private void EnqueueNewWords()
    {
        _pairs.TakeNewWords((pair, words) =>
        {
            var count = _pairs.CountOf(pair);
            if (count > 0)
            {
                Enqueue(new Entry(count, _pairs.PairAt(pair), _sequence++, pair, words));
                return;
            }

            while (words != PairStatistics.NoEntry)
            {
                words = _pairs.FreeAndNext(words);
            }
        });
    }

    private void Enqueue(Entry entry)
    {
        _queue.Enqueue(entry, entry);
    }

    // A pair can be learned again when a token can be made in two ways; its later rank counts, as where the file is read.
    private List<(string Left, string Right)> DistinctMerges()
    {
        var last = new Dictionary<ulong, int>();
        for (var i = 0; i < _merges.Count; i++)
        {
            last[_merges[i].Pair] = i;
        }

        return [.. _merges.Where((merge, i) => last[merge.Pair] == i).Select(merge => (_tokens[(int)(merge.Pair >> 32)], _tokens[(int)(uint)merge.Pair]))];
    }

    private int AddToken(string token)
    {
        if (_idOfToken.TryGetValue(token, out var known))
        {
            return known;
        }

        _idOfToken.Add(token, _tokens.Count);
        _tokens.Add(token);
        return _tokens.Count - 1;
    }

    /// <summary>A pair in the queue, with the count it had and the words that hold it.</summary>
    private readonly record struct Entry(long Count, ulong Ids, int Sequence, int Pair, int Words)
    {
        internal static int Compare(Entry one, Entry other)
        {
            var byCount = other.Count.CompareTo(one.Count);
            var byIds = byCount != 0 ? byCount : one.Ids.CompareTo(other.Ids);
            return byIds != 0 ? byIds : one.Sequence.CompareTo(other.Sequence);
        }
    }
}
