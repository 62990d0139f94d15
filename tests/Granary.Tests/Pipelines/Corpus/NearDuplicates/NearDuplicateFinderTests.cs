using System.Text;
using Granary.Core.Progress;
using Granary.Core.Randomness;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.NearDuplicates.Tests;

public sealed class NearDuplicateFinderTests
{
    private const int Originals = 60;

    private static readonly NearDuplicateConfig Config = new();

    [Test]
    public void What_resembles_is_dropped_and_what_does_not_is_kept()
    {
        var (texts, origins) = NewCorpus();

        var found = Find(texts, Config, 1 << 10);

        // Exact overlaps: copies with two words of 300 changed share 0.93 of their runs, different originals next to none.
        Assert.That(found.Select(drop => drop.Document), Is.EqualTo(Enumerable.Range(0, texts.Count).Where(i => origins[i] != i)));
        Assert.That(found.Select(drop => (int)drop.Original), Is.EqualTo(found.Select(drop => origins[(int)drop.Document])));
        Assert.That(found, Is.All.Matches<NearDuplicate>(drop => NaiveShingles.Similarity(texts[(int)drop.Document], texts[(int)drop.Original], Config.Words) > 0.85));
    }

    [TestCase(1, Description = "every key a run of its own")]
    [TestCase(13, Description = "many runs")]
    [TestCase(100_000, Description = "all in memory")]
    public void Any_number_of_keys_in_memory_finds_the_same(int keysInMemory)
    {
        var (texts, _) = NewCorpus();

        Assert.That(Find(texts, Config, keysInMemory), Is.EqualTo(Find(texts, Config, 1 << 10)));
    }

    [Test]
    public void Pairs_below_the_least_similarity_are_kept()
    {
        var one = string.Join(' ', Enumerable.Range(0, 200).Select(i => $"w{i}"));
        var other = string.Join(' ', Enumerable.Range(0, 200).Select(i => i % 60 == 30 ? "x" : $"w{i}"));

        // Sharing 0.82 of the runs they meet in a band with probability 0.96; whether they are dropped is the threshold's doing.
        Assert.That(NaiveShingles.Similarity(one, other, Config.Words), Is.EqualTo(0.86).Within(0.06));
        Assert.That(Find([one, other], Config with { MinSimilarity = 0 }, 10), Is.EqualTo(new[] { new NearDuplicate(1, 0) }));
        Assert.That(Find([one, other], Config with { MinSimilarity = 0.97 }, 10), Is.Empty);
    }

    [Test]
    public void A_chain_is_one_group_whose_first_document_stays()
    {
        var words = Enumerable.Range(0, 300).Select(i => $"w{i}").ToArray();
        var texts = new List<string>();
        for (var link = 0; link < 12; link++)
        {
            texts.Add(string.Join(' ', words));
            words[link * 20] = words[(link * 20) + 10] = "x";
        }

        var found = Find(texts, Config, 10);

        Assert.That(NaiveShingles.Similarity(texts[0], texts[^1], Config.Words), Is.LessThan(0.6));
        Assert.That(found, Is.EqualTo(Enumerable.Range(1, 11).Select(i => new NearDuplicate(i, 0))));
    }

    [Test]
    public void Texts_without_words_are_no_duplicates()
    {
        Assert.That(Find(["...", "!!", "", "a b c", "..."], Config, 10), Is.Empty);
    }

    [Test]
    public void The_folder_is_replaced_when_left_over_and_removed_at_the_end()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["work"]);
        File.WriteAllText(folder["work", "signatures"], "left over");

        using (var finder = new NearDuplicateFinder(Config, folder["work"]))
        {
            finder.Add("one two three"u8);
            finder.Add("One, two three."u8);

            Assert.That(finder.Find().ToArray(), Is.EqualTo(new[] { new NearDuplicate(1, 0) }));
        }

        Assert.That(Directory.Exists(folder["work"]), Is.False);
    }

    [Test]
    public void Finding_stops_when_asked_to_and_tells_how_far_it_is()
    {
        using var folder = new TempFolder();
        using var finder = new NearDuplicateFinder(new NearDuplicateConfig { Bands = 2, Rows = 1, Words = 1 }, folder["work"]);
        for (var i = 0; i < 40_000; i++)
        {
            finder.Add(Encoding.UTF8.GetBytes($"w{i}"));
        }

        using var stop = new CancellationTokenSource();
        var reports = new List<ProgressUpdate>();
        var progress = new Recorder(update =>
        {
            reports.Add(update);
            stop.Cancel();
        });

        Assert.That(() => finder.Find(progress).Count(), Throws.Nothing);
        Assert.That(reports, Is.Not.Empty.And.All.Property("Total").EqualTo(80_000));
        Assert.That(() => finder.Find(null, stop.Token).Count(), Throws.InstanceOf<OperationCanceledException>());
    }

    // Originals of 300 random words; after each of two in three a copy with two words changed, or one in capitals.
    private static (List<string> Texts, List<int> Origins) NewCorpus()
    {
        var (texts, origins) = (new List<string>(), new List<int>());
        for (var original = 0; original < Originals; original++)
        {
            var key = RandomKey.FromSeed(original).Use("texts");
            var words = Enumerable.Range(0, 300).Select(i => $"word{key.BelowAt(i, 5_000)}").ToArray();
            var first = texts.Count;
            texts.Add(string.Join(' ', words));
            origins.Add(first);
            if (original % 3 == 1)
            {
                words[100] = words[250] = "changed";
                texts.Add(string.Join(' ', words));
                origins.Add(first);
            }
            else if (original % 3 == 2)
            {
                texts.Add(texts[first].ToUpperInvariant() + "!");
                origins.Add(first);
            }
        }

        return (texts, origins);
    }

    private static NearDuplicate[] Find(IReadOnlyList<string> texts, NearDuplicateConfig config, int keysInMemory)
    {
        using var folder = new TempFolder();
        using var finder = new NearDuplicateFinder(config, folder["work"], keysInMemory);
        foreach (var text in texts)
        {
            finder.Add(Encoding.UTF8.GetBytes(text));
        }

        return [.. finder.Find()];
    }

    private sealed class Recorder(Action<ProgressUpdate> record) : IProgress<ProgressUpdate>
    {
        public void Report(ProgressUpdate value)
        {
            record(value);
        }
    }
}
