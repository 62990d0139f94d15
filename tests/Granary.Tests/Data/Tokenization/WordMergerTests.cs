using Granary.Core.Randomness;

namespace Granary.Data.Tokenization.Tests;

public sealed class WordMergerTests
{
    private const int Symbols = 3;

    [Test]
    public void Scan_and_heap_merge_as_the_naive_loop()
    {
        for (var round = 0; round < 400; round++)
        {
            var key = RandomKey.FromSeed(round).Use("merges");
            var merges = RandomMerges(key, 25);
            var merger = new WordMerger(TableOf(merges));
            var word = Enumerable.Range(0, (int)key.BelowAt(1, WordMerger.LongestScan + 1)).Select(i => (int)key.BelowAt(100 + i, Symbols)).ToArray();
            var byScan = word.ToArray();
            var byHeap = word.ToArray();

            var scanCount = merger.MergeByScan(byScan);
            var heapCount = merger.MergeByHeap(byHeap);

            var expected = Naive(word, merges);
            Assert.That(byScan.AsSpan(0, scanCount).ToArray(), Is.EqualTo(expected));
            Assert.That(byHeap.AsSpan(0, heapCount).ToArray(), Is.EqualTo(expected));
        }
    }

    [Test]
    public void A_word_of_a_million_equal_symbols_merges_to_the_power_of_two_tokens()
    {
        // Rank r merges two symbols of 2^r into one of 2^(r + 1).
        var merger = new WordMerger(TableOf([.. Enumerable.Range(0, 10).Select(rank => (rank, rank, rank + 1))]));
        var word = new int[1_000_000];

        var count = merger.Merge(word);

        Assert.That(count, Is.EqualTo((1_000_000 / 1024) + int.PopCount(1_000_000 % 1024)));
    }

    private static List<(int Left, int Right, int Merged)> RandomMerges(RandomKey key, int count)
    {
        var merges = new List<(int Left, int Right, int Merged)>();
        for (var i = 0; i < count; i++)
        {
            var known = Symbols + merges.Count;
            var pair = ((int)key.BelowAt(1000 + (2 * i), known), (int)key.BelowAt(1001 + (2 * i), known));
            if (merges.All(merge => (merge.Left, merge.Right) != pair))
            {
                merges.Add((pair.Item1, pair.Item2, Symbols + merges.Count));
            }
        }

        return merges;
    }

    private static PairTable TableOf(List<(int Left, int Right, int Merged)> merges)
    {
        var table = new PairTable(merges.Count);
        for (var rank = 0; rank < merges.Count; rank++)
        {
            table.Set(merges[rank].Left, merges[rank].Right, rank, merges[rank].Merged);
        }

        return table;
    }

    private static List<int> Naive(int[] word, List<(int Left, int Right, int Merged)> merges)
    {
        var symbols = word.ToList();
        while (true)
        {
            var best = Enumerable.Range(0, Math.Max(0, symbols.Count - 1))
                .Select(place => (Rank: merges.FindIndex(merge => (merge.Left, merge.Right) == (symbols[place], symbols[place + 1])), Place: place))
                .Where(candidate => candidate.Rank >= 0)
                .OrderBy(candidate => candidate.Rank)
                .ThenBy(candidate => candidate.Place)
                .Cast<(int Rank, int Place)?>()
                .FirstOrDefault();
            if (best is not { } chosen)
            {
                return symbols;
            }

            symbols[chosen.Place] = merges[chosen.Rank].Merged;
            symbols.RemoveAt(chosen.Place + 1);
        }
    }
}
