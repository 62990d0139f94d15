using Granary.Core;
using Granary.Pipelines.Corpus.Tests;
using Granary.Pipelines.Native.DuckDb.Tests;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.ParquetBytes.Tests;

public sealed class ParquetChecksumsTests
{
    private static readonly string[] Columns = ["name", "text", "kind"];
    private static readonly string[] Texts = ["one text", "two texts", "three texts", "four and more", "five", "six, the last"];

    private TempFolder _folder = null!; // of each test
    private string _path = null!;

    [SetUp]
    public void CreateFolder()
    {
        DuckDbSample.Connect().Dispose(); // skips the test where there is no DuckDB
        _folder = new TempFolder();
        _path = _folder["a.parquet"];
    }

    [TearDown]
    public void RemoveFolder()
    {
        _folder?.Dispose();
    }

    [Test]
    public void A_file_with_checksums_is_read([Values] bool hasChecksums, [Values(1, 1 << 20)] long partBytes)
    {
        Write(hasChecksums);

        var documents = Reader(Source() with { IdField = "name" }, partBytes).Read(new CorpusTally()).ToArray();

        Assert.That(documents.Select(CorpusSample.TextOf), Is.EqualTo(Texts));
        Assert.That(documents.Select(one => one.Id), Is.EqualTo(new[] { "a", "b", "c", "d", "e", "f" }));
        Assert.That(documents.Select(one => one.Line), Is.EqualTo(Enumerable.Range(1, 6)));
    }

    [Test]
    public void Every_flipped_byte_of_a_page_names_file_row_group_and_page()
    {
        var pages = Write();
        var content = File.ReadAllBytes(_path);

        foreach (var page in pages.Where(page => page.Column == "text"))
        {
            for (var at = page.Start; at < page.Start + page.Length; at++)
            {
                Flip(content, at);

                var error = Assert.Throws<CorpusException>(() => CorpusSample.Read(Source() with { OnError = CorpusErrorAction.Fail }));
                Assert.That(error.Message, Does.StartWith($"{_path}: Page {page.Index} of column 'text' in row group {page.RowGroup}, ").And.Contain(", has the checksum '"), $"byte {at}");
            }
        }
    }

    [TestCase(null, null, "")]
    [TestCase("name", null, "name")]
    [TestCase(null, "Kind <> 'x'", "kind")]
    public void Only_columns_that_are_read_are_checked(string? id, string? where, string alsoRead)
    {
        var pages = Write();
        var content = File.ReadAllBytes(_path);

        foreach (var page in pages.Where(page => page.Index == 1 && page.RowGroup == 1))
        {
            Flip(content, page.Start + page.Length - 1);
            var (texts, report) = ReadWithAnother(Source() with { IdField = id, Where = where });

            var isRead = page.Column == "text" || page.Column == alsoRead;
            Assert.That(texts, Has.Length.EqualTo(isRead ? 0 : Texts.Length), page.Column);
            Assert.That(report.Dropped.ContainsKey(DropReason.UnreadableFile), Is.EqualTo(isRead), page.Column);
        }
    }

    [Test]
    public void Parts_before_a_damaged_page_are_kept()
    {
        var pages = Write();
        Flip(File.ReadAllBytes(_path), pages.Last(page => page.Column == "text").Start + 5);

        var tally = new CorpusTally();
        var texts = Reader(Source(), partBytes: 1).Read(tally).Select(CorpusSample.TextOf).ToArray();

        Assert.That(texts, Is.EqualTo(Texts[..3]));
        Assert.That(tally.Report.Sources[0].Dropped[DropReason.UnreadableFile].Examples.Single(), Does.Contain("Page 1 of column 'text' in row group 1"));
    }

    [Test]
    public void Pages_without_checksums_are_read_as_they_are()
    {
        var pages = Write(hasChecksums: false);
        var content = File.ReadAllBytes(_path);
        Flip(content, pages.First(page => page.Column == "text").Start + 4, (byte)('o' ^ 'O'));

        var (texts, _) = CorpusSample.Read(Source());

        Assert.That(texts, Is.EqualTo(Texts.Select((text, i) => i == 0 ? "One text" : text)));
    }

    // Two row groups of three rows, of two pages a column.
    private IReadOnlyList<ParquetSample.Page> Write(bool hasChecksums = true)
    {
        return ParquetSample.Write(
            _path,
            hasChecksums,
            Columns,
            [[["a", "b"], ["c"]], [Texts[..2], Texts[2..3]], [["k", "l"], ["m"]]],
            [[["d"], ["e", "f"]], [Texts[3..4], Texts[4..]], [["n"], ["o", "p"]]]);
    }

    private void Flip(byte[] content, int at, byte bits = 0x01)
    {
        var flipped = (byte[])content.Clone();
        flipped[at] ^= bits;
        File.WriteAllBytes(_path, flipped);
    }

    // A source of which nothing is left is refused, so there is a whole file beside the one that is damaged.
    private (string[] Texts, SourceReport Report) ReadWithAnother(ParquetSourceConfig source)
    {
        ParquetSample.Write(_folder["b.parquet"], hasChecksums: true, Columns, [[["x"]], [["another"]], [["y"]]]);
        var (texts, report) = CorpusSample.Read(source with { Paths = [_path, _folder["b.parquet"]] });
        Assert.That(texts[^1], Is.EqualTo("another"));
        return (texts[..^1], report);
    }

    private ParquetSourceConfig Source()
    {
        return new ParquetSourceConfig { Name = "table", Paths = [_path], ErrorBudget = 1 };
    }

    private static CorpusReader Reader(ParquetSourceConfig source, long partBytes)
    {
        return new CorpusReader(new CorpusConfig { Sources = [source] }, new PathPlaceholders(), TimeProvider.System, workers: 2) { PartBytes = partBytes };
    }
}
