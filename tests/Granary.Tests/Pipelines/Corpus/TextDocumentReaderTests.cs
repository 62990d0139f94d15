using System.Text;
using Granary.Core;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.Tests;

public sealed class TextDocumentReaderTests
{
    [Test]
    public void A_file_is_a_document_unless_a_split_is_named()
    {
        var (texts, report) = CorpusSample.Read(CorpusSample.Text(), "a.txt", "one\n\ntwo\n");

        Assert.That(texts, Is.EqualTo(new[] { "one\n\ntwo\n" }));
        Assert.That((report.FilesRead, report.Documents, report.Bytes, report.FileBytes), Is.EqualTo((1, 1, 9, 9)));
    }

    [Test]
    public void Separators_belong_to_no_document()
    {
        var (texts, report) = CorpusSample.Read(CorpusSample.Text() with { Split = TextSplit.Separator }, "a.txt", "one<|endoftext|>two\n<|endoftext|><|endoftext|>three");

        Assert.That(texts, Is.EqualTo(new[] { "one", "two\n", "three" }));
        Assert.That(report.Dropped[DropReason.Empty].Count, Is.EqualTo(1));
    }

    [Test]
    public void Blank_lines_part_blocks()
    {
        var (texts, _) = CorpusSample.Read(CorpusSample.Text() with { Split = TextSplit.BlankLine }, "a.txt", "\n\none\nmore\n \t\r\n\ntwo\r\nmore\n\n\nthree");

        Assert.That(texts, Is.EqualTo(new[] { "one\nmore\n", "two\nmore\n", "three\n" }));
    }

    [Test]
    public void Documents_say_where_they_begin()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["a.txt"], "one\nmore\n<|endoftext|>\ntwo<|endoftext|>three");
        File.WriteAllText(folder["b.txt"], "first\n\n\nsecond\n");

        var split = CorpusSample.ReaderOf(CorpusSample.Text(folder["a.txt"]) with { Split = TextSplit.Separator }).Read(new CorpusTally()).ToArray();
        var blocks = CorpusSample.ReaderOf(CorpusSample.Text(folder["b.txt"]) with { Split = TextSplit.BlankLine }).Read(new CorpusTally()).ToArray();

        Assert.That(split.Select(one => (one.Line, one.Offset)), Is.EqualTo(new[] { (1L, 0L), (3L, 22L), (4L, 39L) }));
        Assert.That(blocks.Select(one => (one.Line, one.Offset)), Is.EqualTo(new[] { (1L, 0L), (4L, 8L) }));
        Assert.That(split[1].File, Is.EqualTo(folder["a.txt"]));
    }

    [TestCase("\u00EF\u00BB\u00BFone\u000D\u000Atwo", "one\ntwo", 0, Description = "a byte order mark and CRLF")]
    [TestCase("a\u0080b", "a\uFFFDb", 1, Description = "a lone continuation byte")]
    [TestCase("a\u00C0\u0080b", "a\uFFFD\uFFFDb", 2, Description = "an overlong form, each byte by itself")]
    [TestCase("a\u00ED\u00A0\u0080b", "a\uFFFD\uFFFD\uFFFDb", 3, Description = "a surrogate, each byte by itself")]
    [TestCase("a\u00F0\u009F\u0098", "a\uFFFD", 1, Description = "a cut tail is one sequence")]
    [TestCase("a\u0000b", "a\uFFFDb", 1, Description = "NUL")]
    [TestCase("a\u000Db", "a\rb", 0, Description = "a lone CR stays")]
    public void Text_is_cleaned(string bytes, string expected, int replaced)
    {
        var (texts, report) = CorpusSample.Read(CorpusSample.Text(), "a.txt", Encoding.Latin1.GetBytes(bytes));

        Assert.That(texts, Is.EqualTo(new[] { expected }));
        Assert.That(report.Replaced, Is.EqualTo(replaced));
    }

    [Test]
    public void Invalid_text_may_be_left_out_instead()
    {
        var source = CorpusSample.Text() with { Split = TextSplit.BlankLine, InvalidText = InvalidTextAction.Skip };
        var (texts, report) = CorpusSample.Read(source, "a.txt", [.. "good\n\nb"u8, 0xFF, .. "d\n\nfine"u8]);

        Assert.That(texts, Is.EqualTo(new[] { "good\n", "fine\n" }));
        Assert.That(report.Dropped[DropReason.InvalidText].Count, Is.EqualTo(1));
        Assert.That(report.Dropped[DropReason.InvalidText].Examples[0], Does.Match(@"a\.txt, line 3 \(byte 6\): The text has 1 places"));
    }

    [TestCase(TextSplit.File, new string[0], Description = "the whole file")]
    [TestCase(TextSplit.BlankLine, new[] { "short\n", "end\n" }, Description = "one block")]
    [TestCase(TextSplit.Separator, new[] { "\n\nend" }, Description = "one part")]
    public void A_document_beyond_the_limit_is_passed_over_and_named(TextSplit split, string[] expected)
    {
        var source = CorpusSample.Text() with { Split = split, MaxDocumentBytes = 100_000, Separator = "|" };
        var text = "short\n\n" + new string('x', 300_000) + "|\n\nend";
        if (expected.Length == 0)
        {
            Assert.That(Assert.Throws<CorpusException>(() => CorpusSample.Read(source, "a.txt", text)).Message, Does.Contain("1 too-long"));
            return;
        }

        var (texts, report) = CorpusSample.Read(source, "a.txt", text);

        Assert.That(texts, Is.EqualTo(expected));
        Assert.That(report.Dropped[DropReason.TooLong].Count, Is.EqualTo(1));
        Assert.That(report.Dropped[DropReason.TooLong].Examples[0], Does.Contain("more than max_document_bytes (100000) allows"));
    }
}
