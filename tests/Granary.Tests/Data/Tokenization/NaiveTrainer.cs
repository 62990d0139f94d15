using Granary.Data.Tokenization.Splitting;

namespace Granary.Data.Tokenization.Tests;

/// <summary>The slow, obvious twin of the trainer: counts all pairs anew for every merge.</summary>
internal static class NaiveTrainer
{
    internal static List<(string Left, string Right)> Learn(IEnumerable<ReadOnlyMemory<byte>> documents, TokenizerConfig config)
    {
        var words = CountWords(documents);
        var ids = words.SelectMany(word => word.Symbols).Distinct().OrderBy(symbol => symbol[0]).Select((symbol, id) => (symbol, id)).ToDictionary(entry => entry.symbol, entry => entry.id);
        var merges = new List<(string Left, string Right)>();
        while (ids.Count < config.VocabSize)
        {
            var best = words
                .SelectMany(word => word.Symbols.Zip(word.Symbols.Skip(1), (left, right) => (Pair: (left, right), word.Count)))
                .GroupBy(pair => pair.Pair, (pair, group) => (Pair: pair, Count: group.Sum(entry => entry.Count)))
                .OrderByDescending(pair => pair.Count)
                .ThenBy(pair => ids[pair.Pair.left])
                .ThenBy(pair => ids[pair.Pair.right])
                .FirstOrDefault();
            if (best.Count < Math.Max(1, config.MinFrequency))
            {
                break;
            }

            merges.Add(best.Pair);
            ids.TryAdd(best.Pair.left + best.Pair.right, ids.Count);
            words.ForEach(word => Merge(word.Symbols, best.Pair));
        }

        return merges;
    }

    private static List<(List<string> Symbols, long Count)> CountWords(IEnumerable<ReadOnlyMemory<byte>> documents)
    {
        var counts = new Dictionary<string, long>();
        var ends = new int[70];
        foreach (var document in documents)
        {
            var text = document.Span;
            for (var (position, start) = (0, 0); position < text.Length;)
            {
                var count = SplitterFamilies.Gpt2.Split(text, ref position, ends);
                foreach (var end in ends.AsSpan(0, count))
                {
                    var word = ByteLevelAlphabet.Encode(text[start..end]);
                    counts[word] = counts.GetValueOrDefault(word) + 1;
                    start = end;
                }
            }
        }

        return [.. counts.Select(entry => (entry.Key.Select(character => character.ToString()).ToList(), entry.Value))];
    }

    private static void Merge(List<string> symbols, (string Left, string Right) pair)
    {
        for (var i = 0; i + 1 < symbols.Count; i++)
        {
            if ((symbols[i], symbols[i + 1]) == pair)
            {
                symbols[i] += symbols[i + 1];
                symbols.RemoveAt(i + 1);
            }
        }
    }
}
