using Granary.Data.Tokenization.Unicode;

namespace Granary.Data.Tokenization;

/// <summary>Encodes texts source by source and counts what becomes of them; memory does not grow with the text.</summary>
public sealed class TokenizerInspector
{
    private const int LongestShown = 10;

    private readonly Tokenizer _tokenizer;
    private readonly TokenEncoder _encoder;
    private readonly TokenBuffer _ids = new();
    private readonly List<SourceTally> _sources = [];
    private byte[] _word = new byte[256];

    /// <summary>Creates an inspector that has read nothing.</summary>
    public TokenizerInspector(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _tokenizer = tokenizer;
        _encoder = tokenizer.CreateEncoder();
    }

    /// <summary>Counts a document of a source.</summary>
    public void Add(string source, ReadOnlySpan<byte> document)
    {
        var tally = _sources.Find(known => known.Name == source);
        if (tally is null)
        {
            tally = new SourceTally(source, _tokenizer.VocabularySize);
            _sources.Add(tally);
        }

        var text = Utf8Text.Repair(document);
        tally.Bytes += document.Length;
        CountTokens(text, tally);
        CountWords(text, tally);
    }

    /// <summary>What was counted so far.</summary>
    public TokenizerReport Report()
    {
        var total = new SourceTally("total", _tokenizer.VocabularySize);
        _sources.ForEach(total.Add);
        return new TokenizerReport
        {
            Entries = _tokenizer.EntryCount,
            UnreachableIds = Unreachable(),
            LongestIds = Longest(),
            Sources = [.. _sources.Select(Report)],
            Total = Report(total),
        };
    }

    private void CountTokens(ReadOnlySpan<byte> text, SourceTally tally)
    {
        _ids.Clear();
        _encoder.Encode(text, _ids);
        tally.Tokens += _ids.Count;
        foreach (var id in _ids.Ids)
        {
            tally.IsUsed[id] = true;
        }
    }

    private void CountWords(ReadOnlySpan<byte> text, SourceTally tally)
    {
        for (var position = 0; position < text.Length;)
        {
            var start = position;
            while (position < text.Length && (CodePoints.ClassAt(text, position, out var size) & CodePointClass.Space) == 0)
            {
                position += size;
            }

            if (position > start)
            {
                tally.Words++;
                tally.SingleTokenWords += IsOneToken(text[start..position]) ? 1 : 0;
            }
            else
            {
                _ = CodePoints.ClassAt(text, position, out var size);
                position += size;
            }
        }
    }

    private bool IsOneToken(ReadOnlySpan<byte> word)
    {
        if (word.Length >= _word.Length)
        {
            _word = new byte[word.Length * 2];
        }

        // Most words stand behind a space, and vocabularies hold them with it.
        _word[0] = (byte)' ';
        word.CopyTo(_word.AsSpan(1));
        _ids.Clear();
        _encoder.Encode(_word.AsSpan(0, word.Length + 1), _ids);
        return _ids.Count == 1;
    }

    private TokenizerSourceReport Report(SourceTally tally)
    {
        return new TokenizerSourceReport
        {
            Name = tally.Name,
            Bytes = tally.Bytes,
            Words = tally.Words,
            Tokens = tally.Tokens,
            SingleTokenWords = tally.SingleTokenWords,
            UsedEntries = tally.IsUsed.Count(isUsed => isUsed),
            Entries = _tokenizer.EntryCount,
        };
    }

    private List<int> Unreachable()
    {
        var model = _tokenizer.Model;
        return [.. OwnIds().Where(id => !model.IsFallback(id) && !model.IsUnknown(id) && !IsReachable(id)).Order()];
    }

    private bool IsReachable(int id)
    {
        _ids.Clear();
        _encoder.EncodeWord(_tokenizer.BytesOf(id), _ids);
        return _ids.Count == 1 && _ids.Ids[0] == id;
    }

    private List<int> Longest()
    {
        return [.. OwnIds().OrderByDescending(id => _tokenizer.BytesOf(id).Length).ThenBy(id => id).Take(LongestShown)];
    }

    private IEnumerable<int> OwnIds()
    {
        var added = _tokenizer.AddedTokens.Select(token => token.Id).ToHashSet();
        return _tokenizer.Definition.Vocabulary.Values.Where(id => !added.Contains(id));
    }

    /// <summary>The counts of a source.</summary>
    private sealed class SourceTally(string name, int vocabularySize)
    {
        public string Name { get; } = name;

        public bool[] IsUsed { get; } = new bool[vocabularySize];

        public long Bytes { get; set; }

        public long Words { get; set; }

        public long Tokens { get; set; }

        public long SingleTokenWords { get; set; }

        public void Add(SourceTally other)
        {
            Bytes += other.Bytes;
            Words += other.Words;
            Tokens += other.Tokens;
            SingleTokenWords += other.SingleTokenWords;
            for (var id = 0; id < IsUsed.Length; id++)
            {
                IsUsed[id] |= other.IsUsed[id];
            }
        }
    }
}
