using Granary.Core;
using Granary.Core.Randomness;
using Granary.Pipelines.Corpus.Tests;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.NearDuplicates.Tests;

/// <summary>The corpus stage with near duplicates.</summary>
public sealed class NearDuplicateReadingTests
{
    [Test]
    public void Near_duplicates_are_dropped_in_every_reading_and_both_documents_are_named()
    {
        using var folder = new TempFolder();
        var config = NewCorpus(folder);
        var reader = CorpusSample.ReaderOf(config);

        var (manifest, _) = CorpusStage.Run(folder["stage"], config, reader);

        // Of each source's 40 documents every fourth is a copy with a word changed: of the one before it, or of the other source's.
        var sources = manifest.Report.Sources;
        Assert.That(sources.Select(source => source.Documents), Is.EqualTo(new[] { 30, 30 }));
        Assert.That(sources.Select(source => source.Dropped[DropReason.NearDuplicate].Count), Is.EqualTo(new[] { 10, 10 }));
        Assert.That(sources[0].Dropped[DropReason.NearDuplicate].Examples, Has.Count.EqualTo(5));
        Assert.That(sources[0].Dropped[DropReason.NearDuplicate].Examples[0], Does.Contain($"{folder["a.txt"]}, line 7").And.Contain($"It nearly equals the document of {folder["a.txt"]}, line 5"));
        Assert.That(sources[1].Dropped[DropReason.NearDuplicate].Examples[0], Does.Contain($"{folder["b.txt"]}, line 7").And.Contain($"It nearly equals the document of {folder["a.txt"]}, line 5"));
        Assert.That(sources.Select(source => source.FilesListed), Is.EqualTo(new[] { 1, 1 }));

        var training = reader.ReadTraining(CorpusManifest.Load(folder["stage", CorpusManifest.FileName])).Select(CorpusSample.TextOf).ToArray();
        Assert.That(training, Has.Length.EqualTo(60 - manifest.Report.HeldOutDocuments));
        Assert.That(training, Has.None.Contains("changed"));
        Assert.That(Directory.EnumerateFileSystemEntries(folder["stage"]).Select(Path.GetFileName), Has.None.Contains("work"));
    }

    [TestCase(2)]
    [TestCase(4)]
    public void Any_number_of_workers_finds_the_same(int workers)
    {
        using var folder = new TempFolder();
        var config = NewCorpus(folder);

        CorpusStage.Run(folder["one"], config, CorpusSample.ReaderOf(config, workers: 1));
        CorpusStage.Run(folder["several"], config, CorpusSample.ReaderOf(config, workers: workers));

        Assert.That(File.ReadAllLines(folder["several", NearDuplicateFilter.FileName]), Has.Length.EqualTo(20).And.EqualTo(File.ReadAllLines(folder["one", NearDuplicateFilter.FileName])));
    }

    [Test]
    public void What_is_held_out_does_not_depend_on_near_duplicates()
    {
        using var folder = new TempFolder();
        var config = NewCorpus(folder);
        var plain = config with { NearDuplicates = null };

        CorpusStage.Run(folder["stage"], config, CorpusSample.ReaderOf(config));
        CorpusStage.Run(folder["plain"], plain, CorpusSample.ReaderOf(plain));

        var heldOut = File.ReadAllLines(folder["stage", CorpusStage.HeldOutFileName]);
        Assert.That(heldOut, Is.EqualTo(File.ReadAllLines(folder["plain", CorpusStage.HeldOutFileName]).Where(line => !line.Contains("changed"))));
        Assert.That(heldOut, Is.Not.Empty);
    }

    [Test]
    public void Limits_count_near_duplicates_so_that_both_readings_see_the_same_documents()
    {
        using var folder = new TempFolder();
        var config = NewCorpus(folder);
        config = config with { Sources = [config.Sources[0] with { Limit = 10 }, config.Sources[1] with { Limit = 10 }] };

        var (manifest, _) = CorpusStage.Run(folder["stage"], config, CorpusSample.ReaderOf(config));

        Assert.That(manifest.Report.Sources.Select(source => source.Documents), Is.EqualTo(new[] { 8, 8 }));
        Assert.That(manifest.Report.Sources.Select(source => source.Dropped[DropReason.NearDuplicate].Count), Is.EqualTo(new[] { 2, 2 }));
    }

    [Test]
    public void The_stage_is_skipped_until_the_list_is_gone_and_a_list_that_was_changed_is_refused()
    {
        using var folder = new TempFolder();
        var config = NewCorpus(folder);
        var reader = CorpusSample.ReaderOf(config);
        var list = folder["stage", NearDuplicateFilter.FileName];
        var first = CorpusStage.Run(folder["stage"], config, reader);
        var again = CorpusStage.Run(folder["stage"], config, reader);
        File.Delete(list);
        var mended = CorpusStage.Run(folder["stage"], config, reader);
        File.WriteAllText(list, File.ReadAllText(list).Replace('7', '8'));

        Assert.That(new[] { first.WasSkipped, again.WasSkipped, mended.WasSkipped }, Is.EqualTo(new[] { false, true, false }));
        Assert.That(mended.Manifest.ContentHash(), Is.EqualTo(first.Manifest.ContentHash()));
        Assert.That(() => reader.ReadTraining(mended.Manifest).Count(), Throws.InstanceOf<CorpusException>().With.Message.Contains(list).And.Message.Contains("not the one"));
        File.Delete(list);
        Assert.That(() => reader.ReadTraining(mended.Manifest).Count(), Throws.InstanceOf<CorpusException>().With.Message.Contains("no list of near duplicates"));
    }

    // Two sources of 40 paragraphs of 80 words. Every fourth one of the first copies its third, and of the second the first's third.
    private static CorpusConfig NewCorpus(TempFolder folder)
    {
        File.WriteAllText(folder["a.txt"], string.Join("\n\n", Enumerable.Range(0, 40).Select(i => i % 4 == 3 ? Changed(Line("a", i - 1), "changed1") : Line("a", i))));
        File.WriteAllText(folder["b.txt"], string.Join("\n\n", Enumerable.Range(0, 40).Select(i => i % 4 == 3 ? Changed(Line("a", i - 1), "changed2") : Line("b", i))));
        return new CorpusConfig
        {
            Sources = [.. new[] { "a", "b" }.Select(name => new TextSourceConfig { Name = name, Paths = [folder[$"{name}.txt"]], Split = TextSplit.BlankLine, HeldOutOneIn = 6 })],
            NearDuplicates = new NearDuplicateConfig { Rows = 4 },
        };
    }

    private static string Line(string source, int index)
    {
        var key = RandomKey.FromSeed(index).Use(source);
        return string.Join(' ', Enumerable.Range(0, 80).Select(i => $"w{key.BelowAt(i, 10_000)}"));
    }

    private static string Changed(string line, string word)
    {
        return $"{word}{line[line.IndexOf(' ')..]}";
    }
}
