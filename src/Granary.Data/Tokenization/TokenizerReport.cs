using Granary.Data.Tokenization.Training;

namespace Granary.Data.Tokenization;

/// <summary>How well a vocabulary fits a text: the numbers behind a choice of vocabulary size.</summary>
public sealed record TokenizerReport
{
    /// <summary>Bytes of text read.</summary>
    public required long Bytes { get; init; }

    /// <summary>Tokens that the text became.</summary>
    public required long Tokens { get; init; }

    /// <summary>Words that the text was cut into, as the tokenizer's pattern cuts it.</summary>
    public required long Words { get; init; }

    /// <summary>Words that became one token.</summary>
    public required long SingleTokenWords { get; init; }

    /// <summary>Entries of the vocabulary that occurred in the text.</summary>
    public required int UsedEntries { get; init; }

    /// <summary>Entries of the vocabulary.</summary>
    public required int Entries { get; init; }

    /// <summary>Entries that no text can give, because the merges lead elsewhere; by rising id.</summary>
    public required IReadOnlyList<int> UnreachableIds { get; init; }

    /// <summary>Bytes that a token stands for on average; 0 for an empty text.</summary>
    public double BytesPerToken => Ratio(Bytes, Tokens);

    /// <summary>Tokens that a word takes on average; 0 for an empty text.</summary>
    public double TokensPerWord => Ratio(Tokens, Words);

    /// <summary>The share of words that are one token, from 0 to 1.</summary>
    public double SingleTokenShare => Ratio(SingleTokenWords, Words);

    /// <summary>The share of the vocabulary that occurred, from 0 to 1.</summary>
    public double UsedShare => Ratio(UsedEntries, Entries);

    /// <summary>Encodes documents and counts; text that looks like an added token is counted as words.</summary>
    public static TokenizerReport Create(Tokenizer tokenizer, IEnumerable<ReadOnlyMemory<byte>> documents, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(documents);
        var words = new WordCounter(tokenizer.Definition.Splitter);
        var bytes = 0L;
        foreach (var document in documents)
        {
            cancellationToken.ThrowIfCancellationRequested();
            words.Add(document.Span);
            bytes += document.Length;
        }

        // Each different word is encoded once and counted as often as it occurs.
        var encoder = tokenizer.CreateEncoder();
        var ids = new TokenBuffer();
        var isUsed = new bool[tokenizer.VocabularySize];
        var (tokens, all, single) = (0L, 0L, 0L);
        for (var word = 0; word < words.Count; word++)
        {
            ids.Clear();
            encoder.EncodeWord(words.BytesOf(word), ids);
            var occurrences = words.OccurrencesOf(word);
            tokens += occurrences * ids.Count;
            all += occurrences;
            single += ids.Count == 1 ? occurrences : 0;
            foreach (var id in ids.Ids)
            {
                isUsed[id] = true;
            }
        }

        return new TokenizerReport
        {
            Bytes = bytes,
            Tokens = tokens,
            Words = all,
            SingleTokenWords = single,
            UsedEntries = isUsed.Count(used => used),
            Entries = tokenizer.EntryCount,
            UnreachableIds = Unreachable(tokenizer, encoder),
        };
    }

    private static List<int> Unreachable(Tokenizer tokenizer, TokenEncoder encoder)
    {
        var added = tokenizer.AddedTokens.Select(token => token.Id).ToHashSet();
        var ids = new TokenBuffer();
        var unreachable = new List<int>();
        foreach (var id in tokenizer.Definition.Vocabulary.Values)
        {
            ids.Clear();
            if (!added.Contains(id) && !tokenizer.Model.IsFallback(id) && !tokenizer.Model.IsUnknown(id))
            {
                encoder.EncodeWord(tokenizer.BytesOf(id), ids);
                if (ids.Count != 1 || ids.Ids[0] != id)
                {
                    unreachable.Add(id);
                }
            }
        }

        unreachable.Sort();
        return unreachable;
    }

    private static double Ratio(long part, long whole)
    {
        return whole == 0 ? 0 : (double)part / whole;
    }
}
