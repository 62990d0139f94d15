using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Granary.Core;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.Tests;

public sealed class StreamFormatTests
{
    private static readonly string[] Words =
        ["a", "b", " ", "\t", "\n", "\n", "\r\n", "\n\n", "|", "<", ">", "<>", "\uFEFF", "ö", "\0", "{\"text\":\"x\"}", "{\"text\":\"yz\"}\n", "{\"te"];

    private static readonly TestCaseData[] Sources =
    [
        new TestCaseData(CorpusSample.JsonLines()) { TestName = "JSON lines" },
        new TestCaseData(CorpusSample.JsonLines() with { MaxDocumentBytes = 12 }) { TestName = "JSON lines of which some are too long" },
        new TestCaseData(CorpusSample.Text() with { Split = TextSplit.BlankLine }) { TestName = "blocks between blank lines" },
        new TestCaseData(CorpusSample.Text() with { Split = TextSplit.BlankLine, MaxDocumentBytes = 5 }) { TestName = "blocks of which some are too long" },
        new TestCaseData(Separated("|")) { TestName = "a separator of one byte" },
        new TestCaseData(Separated("<>")) { TestName = "a separator that a cut may split" },
        new TestCaseData(Separated("<>\n") with { MaxDocumentBytes = 4 }) { TestName = "a separator with a line end, and pieces that are too long" },
        new TestCaseData(Separated("\n\n")) { TestName = "a separator that overlaps itself" },
        new TestCaseData(CorpusSample.Text()) { TestName = "a document a file" },
    ];

    [TestCaseSource(nameof(Sources))]
    public void A_file_read_in_parts_of_any_size_gives_what_it_gives_when_read_at_once(FileSourceConfig source)
    {
        Prop.ForAll<byte[], byte>((choices, workers) =>
        {
            using var folder = new TempFolder();
            var content = Encoding.UTF8.GetBytes(string.Concat(choices.Select(choice => Words[choice % Words.Length])));
            File.WriteAllBytes(folder["a"], content);
            var listed = source with { Paths = [folder["a"]] };
            var expected = Read(listed, partBytes: long.MaxValue, workers: 1);
            for (var partBytes = 1; partBytes <= content.Length; partBytes++)
            {
                Assert.That(Read(listed, partBytes, 1 + (workers % 3)), Is.EqualTo(expected), $"parts of {partBytes} bytes of '{JsonSerializer.Serialize(Encoding.UTF8.GetString(content))}'");
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(25).WithEndSize(40));
    }

    [Test]
    public void Large_files_are_split_and_those_that_must_be_read_from_their_beginning_are_not()
    {
        Assert.That(PartsOf(CorpusSample.JsonLines(), "a.jsonl"), Is.EqualTo(new[] { (0L, 40L), (40L, 80L), (80L, long.MaxValue) }));
        Assert.That(PartsOf(Separated("|"), "a.txt"), Has.Length.EqualTo(3));
        Assert.That(PartsOf(CorpusSample.JsonLines(), "a.jsonl.gz"), Is.EqualTo(new[] { (0L, long.MaxValue) }));
        Assert.That(PartsOf(Separated("--"), "a.txt"), Is.EqualTo(new[] { (0L, long.MaxValue) }));
        Assert.That(PartsOf(CorpusSample.Text(), "a.txt"), Is.EqualTo(new[] { (0L, long.MaxValue) }));
    }

    [Test]
    public void The_hash_of_a_file_in_parts_is_that_over_the_hashes_of_the_parts()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["a.jsonl"], "{\"text\":\"one\"}\n{\"text\":\"two\"}\n");

        // (head -c 20 a.jsonl | sha256sum; tail -c +21 a.jsonl | sha256sum) | cut -c1-64 | tr -d '\n' | xxd -r -p | sha256sum; and sha256sum a.jsonl.
        Assert.That(ManifestOf(20).Sha256, Is.EqualTo("df18219fbde7462d1c76cc5b330ec4e08d5b3973baed22c6b8b82c14af545fba"));
        Assert.That(ManifestOf(30).Sha256, Is.EqualTo("4332868c0a1478e3d4ec6292915426a36f6eef6e70460801fe7a1670c5cb5744"), "a file of one part has the plain hash");

        CorpusFile ManifestOf(long partBytes)
        {
            var tally = new CorpusTally();
            _ = ReaderOf(CorpusSample.JsonLines(folder["a.jsonl"]), partBytes, workers: 2).Read(tally).Count();
            return tally.Manifest.Files[0][0];
        }
    }

    [Test]
    public void A_file_in_parts_that_changed_is_refused_when_it_is_read_again()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["a.jsonl"], string.Concat(Enumerable.Range(0, 100).Select(i => $"{{\"text\":\"line {i}\"}}\n")));
        var reader = ReaderOf(CorpusSample.JsonLines(folder["a.jsonl"]), partBytes: 64, workers: 3);
        var tally = new CorpusTally();
        _ = reader.Read(tally).Count();
        var content = File.ReadAllText(folder["a.jsonl"]);

        Assert.DoesNotThrow(() => reader.ReadTraining(tally.Manifest).Count());
        File.WriteAllText(folder["a.jsonl"], content.Replace("line 99", "line 77", StringComparison.Ordinal));

        Assert.That(Assert.Throws<CorpusException>(() => reader.ReadTraining(tally.Manifest).Count()).Message, Does.Contain("its content is another"));
    }

    [TestCase(10, Description = "it shrinks")]
    [TestCase(10_000, Description = "it grows")]
    public void A_file_that_changes_its_size_while_it_is_read_is_noticed(int newLength)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["a.jsonl"], string.Concat(Enumerable.Range(0, 100).Select(i => $"{{\"text\":\"line {i}\"}}\n")));
        var format = CorpusSample.JsonLines().CreateFormat(64);
        var parts = format.Split(CorpusFile.Of(folder["a.jsonl"]));
        using (var stream = File.OpenWrite(folder["a.jsonl"]))
        {
            stream.SetLength(newLength);
        }

        var error = Assert.Throws<CorpusException>(() =>
        {
            foreach (var part in parts)
            {
                format.Read(part, new DocumentSink(CorpusSample.JsonLines(), 0, part.File.Path, _ => { }));
            }
        });

        Assert.That(error.Message, Does.Match($@"a\.jsonl: The file has {newLength} bytes, but had \d+ when it was listed"));
    }

    [Test]
    public void What_is_behind_a_part_that_cannot_be_read_is_lost_and_counted_once()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["a.jsonl"], string.Concat(Enumerable.Range(0, 100).Select(i => $"{{\"text\":\"line {i}\"}}\n")));
        File.WriteAllText(folder["b.jsonl"], "{\"text\":\"fine\"}\n");
        var reader = ReaderOf(CorpusSample.JsonLines(folder["*.jsonl"]), partBytes: 64, workers: 3);
        var (listed, tally) = (reader.List(), new CorpusTally());
        File.Move(folder["a.jsonl"], folder["gone"]);

        var texts = reader.Read(listed, tally).Select(CorpusSample.TextOf).ToArray();

        Assert.That(texts, Is.EqualTo(new[] { "fine" }));
        Assert.That(tally.Report.Sources[0].Dropped[DropReason.UnreadableFile].Count, Is.EqualTo(1));
        Assert.That(tally.Report.Sources[0].Dropped[DropReason.UnreadableFile].Bytes, Is.EqualTo(listed[0][0].Bytes));
    }

    [Test]
    public void A_limit_ends_in_the_middle_of_a_file_in_parts()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["a.jsonl"], string.Concat(Enumerable.Range(0, 1000).Select(i => $"{{\"text\":\"line {i}\"}}\n")));
        var reader = ReaderOf(CorpusSample.JsonLines(folder["a.jsonl"]) with { Limit = 17 }, partBytes: 64, workers: 3);
        var tally = new CorpusTally();

        var documents = reader.Read(tally).ToArray();

        Assert.That(documents.Select(one => one.Line), Is.EqualTo(Enumerable.Range(1, 17)));
        Assert.That(tally.Manifest.Files[0].Single().Sha256, Is.Null);
        Assert.That(reader.ReadTraining(tally.Manifest).Count(), Is.EqualTo(documents.Count(one => !one.IsHeldOut)));
    }

    private static string Read(CorpusSourceConfig source, long partBytes, int workers)
    {
        var tally = new CorpusTally();
        var documents = new List<string>();
        try
        {
            documents.AddRange(ReaderOf(source, partBytes, workers).Read(tally).Select(one => $"{one.Line} {one.Offset} {one.Id} {one.IsHeldOut} {CorpusSample.TextOf(one)}"));
        }
        catch (CorpusException exception)
        {
            documents.Add(exception.Message);
        }

        return JsonSerializer.Serialize(new { documents, tally.Report });
    }

    private static CorpusReader ReaderOf(CorpusSourceConfig source, long partBytes, int workers)
    {
        return new CorpusReader(new CorpusConfig { Sources = [source] }, new PathPlaceholders(), TimeProvider.System, workers) { PartBytes = partBytes };
    }

    private static TextSourceConfig Separated(string separator)
    {
        return CorpusSample.Text() with { Split = TextSplit.Separator, Separator = separator };
    }

    private static (long Start, long End)[] PartsOf(CorpusSourceConfig source, string path)
    {
        var file = new CorpusFile { Path = path, Bytes = 100, Modified = default };
        return [.. source.CreateFormat(40).Split(file).Select(part => (part.Start, part.End))];
    }
}
