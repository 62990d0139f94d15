using Granary.Core;
using Granary.Core.Progress;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.Tests;

public sealed class CorpusReaderTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(7)]
    public void Documents_come_in_the_order_of_their_paths_for_any_number_of_workers(int workers)
    {
        using var folder = NewCorpus(files: 60, documents: 40);
        var config = new CorpusConfig { Sources = [Blocks("late", folder["f3*.txt"]), Blocks("early", folder["**"])] };

        var documents = CorpusSample.ReaderOf(config, workers: workers).Read(new CorpusTally()).ToArray();

        var inOrder = documents.OrderBy(one => one.Source).ThenBy(one => one.File, StringComparer.Ordinal).ThenBy(one => one.Offset).ToArray();
        Assert.That(documents, Is.EqualTo(inOrder));
        Assert.That(documents, Has.Length.EqualTo(60 * 40));
    }

    [Test]
    public void Equal_documents_are_kept_once_and_the_rest_counted()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["a.txt"], "one\n\ntwo\n\none\n");
        File.WriteAllText(folder["b.txt"], "two\n\nthree\n");
        var sources = new[] { Blocks("a", folder["a.txt"]), Blocks("b", folder["b.txt"]) };

        var tally = new CorpusTally();
        var texts = CorpusSample.ReaderOf(sources).Read(tally).Select(CorpusSample.TextOf).ToArray();
        var all = CorpusSample.ReaderOf(new CorpusConfig { Sources = sources, Deduplicate = Deduplication.None }).Read(new CorpusTally()).Count();

        Assert.That(texts, Is.EqualTo(new[] { "one\n", "two\n", "three\n" }));
        Assert.That(tally.Report.Sources.Select(source => source.Dropped[DropReason.Duplicate].Count), Is.EqualTo(new[] { 1, 1 }));
        Assert.That(all, Is.EqualTo(5));
    }

    [Test]
    public void The_memory_for_deduplication_decides_nothing()
    {
        using var folder = NewCorpus(files: 3, documents: 10);
        var config = new CorpusConfig { Sources = [Blocks("a", folder["*.txt"])] };
        var tally = new CorpusTally();
        _ = CorpusSample.ReaderOf(config).Read(tally).Count();

        var other = CorpusSample.ReaderOf(config with { DeduplicationBytes = 1 << 20 });

        Assert.DoesNotThrow(() => other.ReadTraining(tally.Manifest).Count(), "the manifest is still this configuration's");
    }

    [Test]
    public void Documents_seen_are_kept_or_dropped()
    {
        using var folder = NewCorpus(files: 5, documents: 100);
        File.AppendAllText(folder["f00.txt"], "\u0000\n\n" + new string('x', 2000) + "\n\ndocument 1 of file 1 \n");
        var source = Blocks("a", folder["*.txt"]) with { MaxDocumentBytes = 1000, InvalidText = InvalidTextAction.Skip, ErrorBudget = 1 };

        var tally = new CorpusTally();
        var kept = CorpusSample.ReaderOf(source).Read(tally).ToArray();

        var report = tally.Report.Sources[0];
        Assert.That(report.Documents + report.Dropped.Values.Sum(drop => drop.Count), Is.EqualTo(503));
        Assert.That(kept.Sum(one => (long)one.Text.Length), Is.EqualTo(report.Bytes));
        Assert.That(kept.Count(one => one.IsHeldOut), Is.EqualTo(report.HeldOutDocuments));
        Assert.That(report.Dropped.Keys, Is.EqualTo(new[] { DropReason.Duplicate, DropReason.InvalidText, DropReason.TooLong }));
    }

    [Test]
    public void About_one_document_in_fifty_is_held_out_by_its_content_alone()
    {
        using var folder = NewCorpus(files: 20, documents: 250);
        var all = CorpusSample.ReaderOf(Blocks("a", folder["*.txt"])).Read(new CorpusTally()).ToDictionary(one => one.Hash, one => one.IsHeldOut);
        var some = CorpusSample.ReaderOf(Blocks("a", folder["f1*.txt"])).Read(new CorpusTally()).ToArray();

        Assert.That(all.Values.Count(isHeldOut => isHeldOut), Is.InRange(70, 130), "5000 / 50, give or take three standard deviations");
        Assert.That(some.Select(one => one.IsHeldOut), Is.EqualTo(some.Select(one => all[one.Hash])));
        Assert.That(CorpusSample.ReaderOf(Blocks("a", folder["*.txt"]) with { HeldOutOneIn = 0 }).Read(new CorpusTally()).Any(one => one.IsHeldOut), Is.False);
    }

    [Test]
    public void Hash_is_the_beginning_of_SHA256()
    {
        // SHA-256("abc") begins ba7816bf 8f01cfea 414140de 5dae2223 (FIPS 180-2, appendix B.1).
        Assert.That(DocumentSink.HashOf("abc"u8), Is.EqualTo(new UInt128(0xba7816bf8f01cfea, 0x414140de5dae2223)));
    }

    [TestCase(10, 0, 10, Description = "a number of documents")]
    [TestCase(0, 500, 23, Description = "a number of bytes, the last document whole")]
    [TestCase(0, 0, 2000, Description = "no limit")]
    [TestCase(5000, 0, 2000, Description = "a limit that is not reached")]
    public void Limits_end_a_source(long limit, long maxBytes, int expected)
    {
        using var folder = NewCorpus(files: 20, documents: 100);
        var reader = CorpusSample.ReaderOf(Blocks("a", folder["*.txt"]) with { Limit = limit, MaxBytes = maxBytes });
        var tally = new CorpusTally();

        Assert.That(reader.Read(tally).Count(), Is.EqualTo(expected));
        Assert.That(reader.ReadTraining(tally.Manifest).Count(), Is.EqualTo(expected - tally.Report.HeldOutDocuments));
    }

    [Test]
    public void A_spent_time_budget_ends_at_a_file_and_leaves_some_for_every_source()
    {
        using var folder = NewCorpus(files: 20, documents: 10);
        var time = new StepTime();
        var config = new CorpusConfig
        {
            Sources = [Blocks("a", folder["f0*.txt"]), Blocks("b", folder["f1*.txt"])],
            TimeBudget = TimeSpan.FromSeconds(10),
        };
        var reader = CorpusSample.ReaderOf(config, time);
        var tally = new CorpusTally();
        var read = new List<Document>();
        foreach (var document in reader.Read(tally))
        {
            read.Add(document);
            time.Seconds += 0.1; // a second a file
        }

        Assert.That(tally.Report.Sources.Select(source => (source.FilesListed, source.FilesRead, source.Documents)), Is.EqualTo(new[] { (10L, 5L, 50L), (10L, 5L, 50L) }));
        Assert.That(reader.ReadTraining(tally.Manifest).Select(one => one.Hash), Is.EqualTo(read.Where(one => !one.IsHeldOut).Select(one => one.Hash)));
    }

    [Test]
    public void A_budget_that_is_already_spent_still_gives_each_source_a_file()
    {
        using var folder = NewCorpus(files: 20, documents: 10);
        var time = new StepTime();
        var config = new CorpusConfig { Sources = [Blocks("a", folder["f0*.txt"]), Blocks("b", folder["f1*.txt"])], TimeBudget = TimeSpan.FromSeconds(1) };
        var tally = new CorpusTally();
        foreach (var document in CorpusSample.ReaderOf(config, time).Read(tally))
        {
            time.Seconds += 10;
        }

        Assert.That(tally.Report.Sources.Select(source => source.FilesRead), Is.EqualTo(new[] { 1, 1 }));
    }

    [Test]
    public void A_file_that_changed_is_refused_by_name_when_it_is_read_again()
    {
        using var folder = NewCorpus(files: 3, documents: 100);
        var reader = CorpusSample.ReaderOf(Blocks("a", folder["*.txt"]));
        var tally = new CorpusTally();
        _ = reader.Read(tally).Count();
        var content = File.ReadAllText(folder["f01.txt"]);

        File.WriteAllText(folder["f01.txt"], content.Replace('d', 'D'));
        Assert.That(FaultOf(), Does.Match(@"f01\.txt: The file has changed since the corpus was read: its content is another\."));

        File.AppendAllText(folder["f01.txt"], "more");
        Assert.That(FaultOf(), Does.Match(@"f01\.txt: The file has changed .* it has \d+ bytes in place of \d+\."));

        File.Delete(folder["f01.txt"]);
        Assert.That(FaultOf(), Does.Match(@"f01\.txt: The file has changed .* it is gone\."));

        File.WriteAllText(folder["f01.txt"], content);
        Assert.DoesNotThrow(() => reader.ReadTraining(tally.Manifest).Count(), "its content is the same, whatever its time");

        string FaultOf()
        {
            return Assert.Throws<CorpusException>(() => reader.ReadTraining(tally.Manifest).Count()).Message;
        }
    }

    [Test]
    public void A_manifest_of_another_configuration_is_refused()
    {
        using var folder = NewCorpus(files: 3, documents: 10);
        var tally = new CorpusTally();
        _ = CorpusSample.ReaderOf(Blocks("a", folder["*.txt"])).Read(tally).Count();

        var other = CorpusSample.ReaderOf(Blocks("a", folder["*.txt"]) with { HeldOutOneIn = 10 });

        Assert.That(Assert.Throws<CorpusException>(() => other.ReadTraining(tally.Manifest)).Message, Does.Contain("another 'corpus' configuration"));
    }

    [Test]
    public void Paths_that_find_nothing_are_named()
    {
        using var folder = NewCorpus(files: 1, documents: 1);
        Directory.CreateDirectory(folder["sub"]);
        File.WriteAllText(folder["data.parquet"], "PAR1");

        Assert.That(FaultOf(folder["*.md"]), Does.Contain($"No file matches this path of source 'a'. Folder '{folder.Path}' holds no such file. Correct 'corpus.sources.0.paths.0'."));
        Assert.That(FaultOf(folder["gone", "*.txt"]), Does.Contain($"Folder '{folder.Path}' has no 'gone'."));
        Assert.That(FaultOf(folder["sub"]), Does.Contain("This is a folder, not a file."));
        Assert.That(FaultOf(folder["*.parquet"]), Does.Contain("Files that end in '.parquet' are not read as this source's type."));
    }

    [TestCase("", Description = "an empty file")]
    [TestCase("\n\n\n", Description = "only line ends")]
    public void A_source_without_a_document_is_an_error(string content)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["a.txt"], content);

        Assert.That(FaultOf(folder["a.txt"]), Does.Match("Source 'a': No document is left of 1 files: "));
    }

    [Test]
    public void A_file_that_may_not_be_read_is_counted()
    {
        using var folder = NewCorpus(files: 3, documents: 10);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder["f01.txt"], UnixFileMode.None);
        }

        if (CanRead(folder["f01.txt"]))
        {
            Assert.Ignore("This user may read every file.");
        }

        var (texts, report) = CorpusSample.Read(Blocks("a", folder["*.txt"]) with { ErrorBudget = 1 });

        Assert.That(texts, Has.Length.EqualTo(20));
        Assert.That(report.Dropped[DropReason.UnreadableFile].Examples.Single(), Does.Contain("The file may not be read."));
    }

    [Test]
    public void A_link_to_a_file_is_read_as_the_file_and_its_changes_are_noticed()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["one.data"], "first document\n\nsecond document\n");
        File.CreateSymbolicLink(folder["link"], folder["one.data"]);
        File.CreateSymbolicLink(folder["a.txt"], folder["link"]);
        var reader = CorpusSample.ReaderOf(Blocks("a", folder["a.txt"]));
        var tally = new CorpusTally();

        Assert.That(reader.Read(tally).Count(), Is.EqualTo(2));
        Assert.That(tally.Manifest.Files[0][0].Bytes, Is.EqualTo(new FileInfo(folder["one.data"]).Length));
        File.AppendAllText(folder["one.data"], "more");
        Assert.Throws<CorpusException>(() => reader.ReadTraining(tally.Manifest).Count());
    }

    [Test]
    public void Taking_only_a_few_documents_stops_the_workers()
    {
        using var folder = NewCorpus(files: 200, documents: 200);

        var first = CorpusSample.ReaderOf(Blocks("a", folder["*.txt"])).Read(new CorpusTally()).Take(3).ToArray();

        Assert.That(first, Has.Length.EqualTo(3));
    }

    [Test]
    public void Reading_can_be_cancelled()
    {
        using var folder = NewCorpus(files: 200, documents: 200);
        using var cancel = new CancellationTokenSource();
        var documents = CorpusSample.ReaderOf(Blocks("a", folder["*.txt"])).Read(new CorpusTally(), cancellationToken: cancel.Token);

        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var document in documents)
            {
                cancel.Cancel();
            }
        });
    }

    [Test]
    public void Progress_ends_at_the_bytes_of_all_files()
    {
        using var folder = NewCorpus(files: 10, documents: 100);
        var updates = new Updates();

        _ = CorpusSample.ReaderOf(Blocks("a", folder["*.txt"])).Read(new CorpusTally(), updates).Count();

        var total = Directory.GetFiles(folder.Path).Sum(path => new FileInfo(path).Length);
        Assert.That(updates.Last, Is.EqualTo(new ProgressUpdate("reading documents", total, total, "bytes")));
    }

    private static TextSourceConfig Blocks(string name, params string[] paths)
    {
        return new TextSourceConfig { Name = name, Paths = paths, Split = TextSplit.BlankLine };
    }

    private static TempFolder NewCorpus(int files, int documents)
    {
        var folder = new TempFolder();
        for (var file = 0; file < files; file++)
        {
            File.WriteAllText(folder[$"f{file:d2}.txt"], string.Concat(Enumerable.Range(0, documents).Select(i => $"document {i} of file {file} \n\n")));
        }

        return folder;
    }

    private static string FaultOf(string path)
    {
        return Assert.Throws<CorpusException>(() => CorpusSample.Read(Blocks("a", path))).Message;
    }

    private static bool CanRead(string path)
    {
        try
        {
            File.OpenRead(path).Dispose();
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Time that passes when a test says so.</summary>
    private sealed class StepTime : TimeProvider
    {
        public double Seconds { get; set; }

        public override long TimestampFrequency => 1_000;

        public override long GetTimestamp()
        {
            return (long)Math.Round(Seconds * 1_000);
        }
    }

    private sealed class Updates : IProgress<ProgressUpdate>
    {
        public ProgressUpdate Last { get; private set; }

        public void Report(ProgressUpdate value)
        {
            Last = value;
        }
    }
}
