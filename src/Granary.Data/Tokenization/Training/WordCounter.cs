using System.Runtime.InteropServices;
using Granary.Data.Tokenization.Splitting;

namespace Granary.Data.Tokenization.Training;

/// <summary>Counts the different words of documents; one per thread, added up at the end.</summary>
internal sealed class WordCounter
{
    private const int ChunkSize = 1 << 20;

    private readonly Splitter _splitter;
    private readonly int[] _ends = new int[1024];
    private readonly List<byte[]> _chunks = [];
    private int _chunkUsed;
    private int[] _table = new int[1 << 12]; // word + 1, or 0; at most half full
    private Word[] _words = new Word[1 << 10];

    internal WordCounter(Splitter splitter)
    {
        _splitter = splitter;
    }

    /// <summary>How many different words have been counted.</summary>
    internal int Count { get; private set; }

    /// <summary>Counts a document's words; malformed UTF-8 is replaced first.</summary>
    internal void Add(ReadOnlySpan<byte> document)
    {
        var text = Utf8Text.Repair(document);
        for (var position = 0; position < text.Length;)
        {
            var start = position;
            var count = _splitter.Split(text, ref position, _ends);
            foreach (var end in _ends.AsSpan(0, count))
            {
                Add(text[start..end], 1);
                start = end;
            }
        }
    }

    /// <summary>Adds another counter's words.</summary>
    internal void Add(WordCounter other)
    {
        for (var i = 0; i < other.Count; i++)
        {
            Add(other.BytesOf(i), other._words[i].Occurrences);
        }
    }

    /// <summary>A word's bytes.</summary>
    internal ReadOnlySpan<byte> BytesOf(int word)
    {
        ref var entry = ref _words[word];
        return _chunks[entry.Chunk].AsSpan(entry.Start, entry.Length);
    }

    /// <summary>How often a word occurred.</summary>
    internal long OccurrencesOf(int word)
    {
        return _words[word].Occurrences;
    }

    /// <summary>Adds occurrences of one word.</summary>
    internal void Add(ReadOnlySpan<byte> word, long occurrences)
    {
        var hash = LongWordCache.HashOf(word);
        var slot = hash & (uint)(_table.Length - 1);
        for (; _table[slot] != 0; slot = (slot + 1) & (uint)(_table.Length - 1))
        {
            ref var entry = ref _words[_table[slot] - 1];
            if (entry.Hash == hash && word.SequenceEqual(_chunks[entry.Chunk].AsSpan(entry.Start, entry.Length)))
            {
                entry.Occurrences += occurrences;
                return;
            }
        }

        Insert(word, hash, occurrences);
        _table[slot] = Count;
        if (Count * 2 > _table.Length)
        {
            Grow();
        }
    }

    private void Insert(ReadOnlySpan<byte> word, uint hash, long occurrences)
    {
        if (_chunks.Count == 0 || _chunks[^1].Length - _chunkUsed < word.Length)
        {
            _chunks.Add(new byte[Math.Max(ChunkSize, word.Length)]);
            _chunkUsed = 0;
        }

        word.CopyTo(_chunks[^1].AsSpan(_chunkUsed));
        if (Count == _words.Length)
        {
            Array.Resize(ref _words, Count * 2);
        }

        _words[Count++] = new Word { Hash = hash, Chunk = _chunks.Count - 1, Start = _chunkUsed, Length = word.Length, Occurrences = occurrences };
        _chunkUsed += word.Length;
    }

    private void Grow()
    {
        _table = new int[_table.Length * 2];
        for (var word = 0; word < Count; word++)
        {
            var slot = _words[word].Hash & (uint)(_table.Length - 1);
            while (_table[slot] != 0)
            {
                slot = (slot + 1) & (uint)(_table.Length - 1);
            }

            _table[slot] = word + 1;
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Word
    {
        public uint Hash;
        public int Chunk;
        public int Start;
        public int Length;
        public long Occurrences;
    }
}
