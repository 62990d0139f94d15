using System.Security.Cryptography;
using Granary.Core;
using Granary.Pipelines.Native.DuckDb;
using Granary.Pipelines.Native.DuckDb.Tests;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.Tests;

public sealed class ParquetFormatTests
{
    private const string Rows = "SELECT i AS n, 'row ' || i || ' ' || repeat(md5(i::VARCHAR), 1 + i % 9) AS text FROM range(9000) t(i)";

    private TempFolder _folder = null!; // of each test

    [SetUp]
    public void CreateFolder()
    {
        DuckDbSample.Connect().Dispose(); // skips the test where there is no DuckDB
        _folder = new TempFolder();
    }

    [TearDown]
    public void RemoveFolder()
    {
        _folder?.Dispose();
    }

    [TestCase("compression snappy")]
    [TestCase("compression zstd")]
    [TestCase("compression gzip")]
    [TestCase("compression uncompressed")]
    [TestCase("compression lz4")]
    [TestCase("compression zstd, parquet_version v2", Description = "delta encodings")]
    [TestCase("compression snappy, dictionary_size_limit 1", Description = "no dictionaries")]
    public void Every_way_of_storing_gives_the_text_that_was_put_in(string options)
    {
        // Every third text stands often, so that the writer makes a dictionary of the column where it may.
        const string Text = "CASE i % 3 WHEN 0 THEN 'often ' || i % 7 ELSE 'row ' || i || ' — ' || repeat(md5(i::VARCHAR), 1 + i % 9) || chr(10) END";
        Write("a.parquet", $"SELECT i, {Text} AS text FROM range(9000) t(i)", $"{options}, row_group_size 2048");

        var documents = Read(Source());

        Assert.That(documents.Select(CorpusSample.TextOf), Is.EqualTo(DuckDbSample.Texts($"SELECT {Text} FROM range(9000) t(i)")));
        Assert.That(documents.Select(one => one.Line), Is.EqualTo(Enumerable.Range(1, 9000)));
    }

    [Test]
    public void Documents_are_the_same_for_any_part_size_and_number_of_workers()
    {
        Write("a.parquet", Rows, "row_group_size 2048");
        Write("b.parquet", "SELECT CASE WHEN i % 5 > 0 THEN 'b ' || i END AS text, 3.5 AS other FROM range(5000) t(i)", "row_group_size 2048");
        var expected = Read(Source(), workers: 1, partBytes: long.MaxValue).Select(Describe).ToArray();

        Assert.That(expected, Has.Length.EqualTo(13_000));
        foreach (var (workers, partBytes) in new[] { (1, 1L), (2, 1), (4, 1), (2, 100_000), (4, long.MaxValue) })
        {
            Assert.That(Read(Source(), workers, partBytes).Select(Describe), Is.EqualTo(expected), $"{workers} workers, parts of {partBytes} bytes");
        }

        static string Describe(Document one)
        {
            return $"{one.File} {one.Line} {one.Offset} {one.Id} {CorpusSample.TextOf(one)}";
        }
    }

    [Test]
    public void Numbers_of_score_fields_go_with_the_document()
    {
        Write("a.parquet", "SELECT 'row ' || i AS text, i AS edu, {'ads': CASE WHEN i > 0 THEN i / 2.0 END} AS meta, CASE i WHEN 0 THEN '7' ELSE 'high' END AS word FROM range(3) t(i)", "compression snappy");

        var documents = Read(Source() with { ScoreFields = ["edu", "meta.ads", "word"] }).ToArray();

        Assert.Multiple(() =>
        {
            Assert.That(documents[0].Scores, Is.EquivalentTo(new Dictionary<string, double> { ["edu"] = 0, ["word"] = 7 }));
            Assert.That(documents[1].Scores, Is.EquivalentTo(new Dictionary<string, double> { ["edu"] = 1, ["meta.ads"] = 0.5 }));
            Assert.That(documents[2].Scores, Is.EquivalentTo(new Dictionary<string, double> { ["edu"] = 2, ["meta.ads"] = 1 }));
        });
    }

    [Test]
    public void Parts_are_whole_row_groups_and_cover_the_file()
    {
        Write("a.parquet", Rows, "row_group_size 2048, compression uncompressed");
        var file = CorpusFile.Of(_folder["a.parquet"]);

        var each = PartsOf(file, partBytes: 1);
        var pairs = PartsOf(file, partBytes: 500_000);

        Assert.That(each.Select(part => (part.FirstRow, part.EndRow)), Is.EqualTo(new[] { (0, 2048), (2048, 4096), (4096, 6144), (6144, 8192), (8192, 9000) }));
        Assert.That(pairs.Select(part => part.EndRow), Is.EqualTo(new[] { 4096, 8192, 9000 }));
        Assert.That(each.Zip(each.Skip(1)).All(two => two.First.End == two.Second.Start), Is.True);
        Assert.That((each[0].Start, each[^1].End, each.Sum(part => part.Bytes)), Is.EqualTo((0, long.MaxValue, file.Bytes)));
    }

    [Test]
    public void The_hash_of_a_file_is_that_of_its_bytes_and_a_changed_one_is_refused()
    {
        Write("a.parquet", Rows, "row_group_size 2048");
        var reader = ReaderOf(Source(), workers: 2, partBytes: long.MaxValue);
        var tally = new CorpusTally();
        _ = reader.Read(tally).Count();

        Assert.That(tally.Manifest.Files[0][0].Sha256, Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(_folder["a.parquet"])))));
        Assert.DoesNotThrow(() => reader.ReadTraining(tally.Manifest).Count());
        Write("a.parquet", Rows.Replace("'row '", "'now '", StringComparison.Ordinal), "row_group_size 2048");
        Assert.That(Assert.Throws<CorpusException>(() => reader.ReadTraining(tally.Manifest).Count()).Message, Does.Contain("The file has changed since the corpus was read"));
    }

    [TestCase("plain", "", "plain 1|plain 2||plain 4", Description = "a column")]
    [TestCase("PLAIN", "", "plain 1|plain 2||plain 4", Description = "a column in other letters, as in SQL")]
    [TestCase("meta.body.words", "", "deep 1|deep 2||deep 4", Description = "a field of a struct in a struct")]
    [TestCase("dotted.name", "", "dotted 1|dotted 2||dotted 4", Description = "a column with a dot in its name")]
    [TestCase("bytes", "", "bytes 1|bytes 2||bytes 4", Description = "a column of bytes that are not marked as text")]
    [TestCase("lines[]", "", "a1\nb1|a2\nb2||a4\nb4", Description = "a list of texts")]
    [TestCase("messages[].content", "", "q1\nr1|q2\nr2||q4\nr4", Description = "a field of structs in a list")]
    [TestCase("turns[].parts[].text", "", "x1\ny1\nz1|x2\ny2\nz2||x4\ny4\nz4", Description = "lists in lists")]
    [TestCase("plain", "n <> 2", "plain 1||plain 4", Description = "some of the rows")]
    [TestCase("plain", "n > 1 and meta.body.n <= 30 -- a comment", "plain 2|", Description = "a condition with a comment")]
    [TestCase("plain", "n = 1 or n = 4", "plain 1|plain 4", Description = "a condition that needs brackets")]
    public void Text_is_taken_from_columns_structs_and_lists(string field, string where, string expected)
    {
        Write("a.parquet", """
            SELECT i AS n, CASE WHEN i <> 3 THEN 'plain ' || i END AS plain,
                {'body': {'words': CASE WHEN i <> 3 THEN 'deep ' || i END, 'n': 10 * i}} AS meta,
                CASE WHEN i <> 3 THEN 'dotted ' || i END AS "dotted.name",
                CASE WHEN i <> 3 THEN ('bytes ' || i)::BLOB END AS bytes,
                CASE WHEN i <> 3 THEN ['a' || i, NULL, 'b' || i] END AS lines,
                CASE WHEN i <> 3 THEN [{'role': 'user', 'content': 'q' || i}, {'role': 'none', 'content': NULL}, {'role': 'model', 'content': 'r' || i}] END AS messages,
                CASE WHEN i <> 3 THEN [{'parts': [{'text': 'x' || i}, {'text': 'y' || i}]}, {'parts': [{'text': 'z' || i}]}] END AS turns
            FROM range(1, 5) t(i)
            """);

        var (texts, report) = CorpusSample.Read(Source() with { TextField = field, Where = where.Length == 0 ? null : where });

        Assert.That(string.Join('|', texts), Is.EqualTo(expected.Replace("||", "|", StringComparison.Ordinal).TrimEnd('|')));
        Assert.That(report.Dropped.GetValueOrDefault(DropReason.NoText)?.Count ?? 0, Is.EqualTo(expected.Split('|').Count(one => one.Length == 0)));
    }

    [Test]
    public void Nulls_and_long_texts_are_counted_with_their_rows()
    {
        Write("a.parquet", "SELECT CASE i % 1000 WHEN 7 THEN NULL WHEN 8 THEN repeat('x', 200) ELSE 'text ' || i END AS text FROM range(5000) t(i)", "row_group_size 2048");

        var (texts, report) = CorpusSample.Read(Source() with { MaxDocumentBytes = 100 });

        Assert.That(texts, Has.Length.EqualTo(4990));
        Assert.That(report.Dropped[DropReason.NoText].Count, Is.EqualTo(5));
        Assert.That(report.Dropped[DropReason.NoText].Examples[^1], Does.Contain("a.parquet, line 4008: The field 'text' is null."));
        Assert.That((report.Dropped[DropReason.TooLong].Count, report.Dropped[DropReason.TooLong].Bytes), Is.EqualTo((5, 1000)));
    }

    [Test]
    public void Documents_have_the_names_that_a_column_gives()
    {
        Write("a.parquet", "SELECT i AS n, 'text ' || i AS text, CASE i WHEN 2 THEN NULL ELSE uuid() END AS id FROM range(1, 4) t(i)");

        Assert.That(Read(Source() with { IdField = "n" }).Select(one => one.Id), Is.EqualTo(new[] { "1", "2", "3" }));
        var documents = Read(Source() with { IdField = "id" });
        Assert.That(documents.Select(one => Guid.TryParse(one.Id, out _) && one.Id.Contains('-', StringComparison.Ordinal)), Is.EqualTo(new[] { true, false, true }));
        Assert.That(documents[1].Id, Is.EqualTo($"{documents[1].Hash:x32}"));
    }

    [Test]
    public void Names_of_files_and_folders_are_taken_as_they_stand()
    {
        Directory.CreateDirectory(_folder["lang=en", "n=7"]);
        foreach (var name in new[] { "a[1].parquet", "a1.parquet", "it's?.parquet", "lang=en/n=7/b*.parquet", "lang=en/n=7/bx.parquet" })
        {
            Write(name, $"SELECT {DuckDbConnection.Quote(name)} AS text, 5 AS n");
        }

        var (texts, _) = CorpusSample.Read(Source() with { Paths = [_folder["**"]], Where = "n = 5" });

        Assert.That(texts, Is.EqualTo(new[] { "a1.parquet", "a[1].parquet", "it's?.parquet", "lang=en/n=7/b*.parquet", "lang=en/n=7/bx.parquet" }));
    }

    [Test]
    public void A_file_without_rows_is_empty()
    {
        Write("a.parquet", "SELECT 'x' AS text WHERE false");
        Write("b.parquet", "SELECT 'x' AS text");

        var (texts, report) = CorpusSample.Read(Source());

        Assert.That(texts, Is.EqualTo(new[] { "x" }));
        Assert.That(report.Dropped.Keys, Is.EqualTo(new[] { DropReason.Empty }));
    }

    [TestCase("", "The file is no Parquet file, or is damaged or cut off: Invalid Input Error: File '{0}' too small to be a Parquet file. Fetch or write it again.", Description = "a file without bytes")]
    [TestCase("some text, and no Parquet at all", "No magic bytes found at end of file '{0}'", Description = "a text")]
    [TestCase("PAR1aaaaPAR1", "Footer length error in file '{0}'", Description = "a footer of no length")]
    public void A_file_that_is_no_Parquet_is_one_sentence(string content, string expected)
    {
        File.WriteAllText(_folder["a.parquet"], content);

        var error = Assert.Throws<CorpusException>(() => CorpusSample.Read(Source() with { OnError = CorpusErrorAction.Fail }));

        Assert.That(error.Message, Does.StartWith(_folder["a.parquet"]).And.Contain(string.Format(System.Globalization.CultureInfo.InvariantCulture, expected, _folder["a.parquet"])).And.Not.Contain("\n"));
    }

    [Test]
    public void A_truncated_file_is_left_out_and_counted()
    {
        Write("a.parquet", Rows);
        Write("b.parquet", "SELECT 'other' AS text");
        using (var stream = File.OpenWrite(_folder["a.parquet"]))
        {
            stream.SetLength(stream.Length - 1000);
        }

        var (texts, report) = CorpusSample.Read(Source());

        Assert.That(texts, Is.EqualTo(new[] { "other" }));
        Assert.That(report.Dropped[DropReason.UnreadableFile].Bytes, Is.EqualTo(new FileInfo(_folder["a.parquet"]).Length));
        Assert.That(report.Dropped[DropReason.UnreadableFile].Examples.Single(), Does.Contain("a.parquet: The file is no Parquet file, or is damaged or cut off: "));
    }

    [Test]
    public void A_damaged_row_group_keeps_what_stands_before_it([Values(1, 3)] int workers)
    {
        Write("a.parquet", Rows, "row_group_size 2048, compression zstd");
        var parts = PartsOf(CorpusFile.Of(_folder["a.parquet"]), partBytes: 1);
        using (var stream = File.OpenWrite(_folder["a.parquet"]))
        {
            stream.Position = parts[2].Start;
            stream.Write(new byte[(int)parts[2].Bytes]);
        }

        var tally = new CorpusTally();
        var documents = ReaderOf(Source(), workers, partBytes: 1).Read(tally).ToArray();

        var dropped = tally.Report.Sources[0].Dropped[DropReason.UnreadableFile];
        Assert.That(documents.Select(one => one.Line), Is.EqualTo(Enumerable.Range(1, 4096)));
        Assert.That(dropped.Examples.Single(), Does.Match(@"a\.parquet: Rows 4097 to 6144 cannot be read: .+\. Fetch or write the file again\.$"));
        Assert.That(dropped.Bytes, Is.EqualTo(new FileInfo(_folder["a.parquet"]).Length - parts[2].Start));
    }

    [TestCase("txet", null, null, "The file has no column 'txet'; its columns are 'n', 'text', 'meta'. Correct 'text_field'. Did you mean 'text'?", Description = "no such column")]
    [TestCase("n", null, null, "The field 'n' holds BIGINT, not text (VARCHAR or BLOB). Name the field with the text in 'text_field'", Description = "a column of numbers")]
    [TestCase("meta", null, null, "The field 'meta' holds STRUCT(a VARCHAR), not text", Description = "a struct")]
    [TestCase("meta.b", null, null, "The column 'meta' has no field 'meta.b': Binder Error: Could not find key \"b\" in struct Candidate Entries: \"a\". Correct 'text_field'.", Description = "no such field")]
    [TestCase("text[]", null, null, "The field 'text[]' holds VARCHAR, not text", Description = "no list")]
    [TestCase("text", "nn", null, "The file has no column 'nn'; its columns are 'n', 'text', 'meta'. Correct 'id_field'.", Description = "no such column for names")]
    [TestCase("text", null, "n >", "'where' is 'n >', which DuckDB refuses: Parser Error: syntax error at or near \")\". Correct it.", Description = "a condition that is no SQL")]
    [TestCase("text", null, "m > 3", "'where' is 'm > 3', which DuckDB refuses: Binder Error: Referenced column \"m\" not found in FROM clause! Candidate bindings: \"meta\"", Description = "a condition on no such column")]
    [TestCase("text", null, "n + 1", "'where' is 'n + 1', which gives BIGINT but must give BOOLEAN. Compare it with something.", Description = "no condition")]
    public void A_file_of_another_form_is_one_sentence(string text, string? id, string? where, string expected)
    {
        Write("a.parquet", "SELECT i AS n, 'text ' || i AS text, {'a': 'x'} AS meta FROM range(10) t(i)");

        var error = Assert.Throws<CorpusException>(() => CorpusSample.Read(Source() with { TextField = text, IdField = id, Where = where, OnError = CorpusErrorAction.Fail }));

        Assert.That(error.Message, Does.StartWith($"{_folder["a.parquet"]}: {expected}").And.Not.Contain("\n"));
    }

    [TestCase("text", null, Description = "a column of text")]
    [TestCase("meta.body.words", null, Description = "a field of a struct")]
    [TestCase("bytes", null, Description = "a column of bytes")]
    [TestCase("text", "n >= 0 and other <> ''", Description = "a condition on other columns")]
    public void Text_that_is_not_Utf8_is_replaced_or_costs_its_document_alone(string field, string? where)
    {
        WriteBroken();
        var source = Source() with { TextField = field, IdField = "other", Where = where };
        var expected = Enumerable.Range(0, 9000).Select(i => i == 5000 ? "row ab\uFFFD(cd" : $"row {i} é").ToArray();

        var replaced = Read(source);
        var tally = new CorpusTally();
        var skipped = ReaderOf(source with { InvalidText = InvalidTextAction.Skip }, workers: 2, partBytes: 1).Read(tally).ToArray();

        Assert.That(replaced.Select(CorpusSample.TextOf), Is.EqualTo(expected));
        Assert.That(replaced.Select(one => (one.Line, one.Id)), Is.EqualTo(Enumerable.Range(0, 9000).Select(i => (i + 1L, $"other é {i}"))));
        Assert.That(skipped.Select(CorpusSample.TextOf), Is.EqualTo(expected.Where((_, i) => i != 5000)));
        var dropped = tally.Report.Sources[0].Dropped;
        Assert.That(dropped.Keys, Is.EqualTo(new[] { DropReason.InvalidText }));
        Assert.That(dropped[DropReason.InvalidText].Count, Is.EqualTo(1));
        Assert.That(dropped[DropReason.InvalidText].Examples.Single(), Does.Contain("a.parquet, line 5001: The text has 1 places that are not UTF-8"));
    }

    [TestCase("lines[]", null, Description = "a list, whose elements are joined as text")]
    [TestCase("text", "text like 'row%'", Description = "a condition that reads the text as text")]
    public void Text_that_is_not_Utf8_costs_its_rows_where_it_is_worked_on(string field, string? where)
    {
        WriteBroken();

        var tally = new CorpusTally();
        var documents = ReaderOf(Source() with { TextField = field, Where = where }, workers: 2, partBytes: 1).Read(tally).ToArray();

        Assert.That(documents, Has.Length.InRange(4096, 5000));
        Assert.That(tally.Report.Sources[0].Dropped[DropReason.UnreadableFile].Examples.Single(), Does.Contain("Rows 4097 to 6144 cannot be read: Invalid Input Error: Invalid string encoding found in Parquet file"));
    }

    [Test]
    public void A_name_that_is_not_Utf8_costs_its_rows()
    {
        WriteBroken();

        var tally = new CorpusTally();
        _ = ReaderOf(Source() with { TextField = "other", IdField = "text" }, workers: 2, partBytes: 1).Read(tally).Count();

        Assert.That(tally.Report.Sources[0].Dropped.Keys, Is.EqualTo(new[] { DropReason.UnreadableFile }));
    }

    [Test]
    public void Memory_does_not_grow_with_the_file()
    {
        var small = WriteRepeated("small.parquet", 5_000);
        var large = WriteRepeated("large.parquet", 100_000);
        _ = Count(large);

        var growth = ResidentSet.GrowthOf(() => Count(large));

        Assert.That(new FileInfo(large).Length, Is.GreaterThan(10 * new FileInfo(small).Length));
        Assert.That(growth, Is.LessThan(32 << 20), "100,000 texts of 1 KB");

        string WriteRepeated(string name, int rows)
        {
            Write(name, $"SELECT md5(i::VARCHAR) || repeat('word ', 200) AS text FROM range({rows}) t(i)", "row_group_size 8192");
            return _folder[name];
        }

        int Count(string path)
        {
            var config = new CorpusConfig { Sources = [Source() with { Paths = [path] }], Deduplicate = Deduplication.None };
            return CorpusSample.ReaderOf(config).Read(new CorpusTally()).Count();
        }
    }

    [Test]
    public void Memory_does_not_grow_with_the_number_of_files()
    {
        // What DuckDB may keep of a file, its footer above all, must not stay.
        Write("a.parquet", "SELECT i AS n, 'text ' || i AS text FROM range(20480) t(i)", "row_group_size 2048");
        for (var i = 0; i < 200; i++)
        {
            File.CreateSymbolicLink(_folder[$"b{i:d3}.parquet"], _folder["a.parquet"]);
        }

        var growth = ResidentSet.GrowthOf(() => Read(Source() with { Where = "n % 2048 = 7" }, partBytes: 1 << 20));

        Assert.That(growth, Is.LessThan(8 << 20));
    }

    [Test]
    public void Other_sources_refuse_Parquet_by_its_name()
    {
        Write("a.parquet", "SELECT 'x' AS text");

        var error = Assert.Throws<CorpusException>(() => CorpusSample.Read(CorpusSample.JsonLines(_folder["a.parquet"])));

        Assert.That(error.Message, Does.Contain("Parquet with type 'parquet'"));
    }

    private ParquetSourceConfig Source()
    {
        return new ParquetSourceConfig { Name = "table", Paths = [_folder["*.parquet"]], ErrorBudget = 1 };
    }

    // 9,000 rows, of which one's text is broken in all its columns.
    private void WriteBroken()
    {
        const string Text = "CASE i WHEN 5000 THEN 'row abXXcd' ELSE 'row ' || i || ' é' END";
        Write("a.parquet", $$"""
            SELECT i AS n, {{Text}} AS text, encode({{Text}}) AS bytes, [{{Text}}] AS lines, 'other é ' || i AS other, { 'body': { 'words': {{Text}}, 'n': i } } AS meta
            FROM range(9000) t(i)
            """, "compression uncompressed, row_group_size 2048");
        var content = File.ReadAllBytes(_folder["a.parquet"]);
        for (var at = content.AsSpan().IndexOf("XX"u8); at >= 0; at = content.AsSpan().IndexOf("XX"u8))
        {
            content[at] = 0xC3;
            content[at + 1] = 0x28;
        }

        File.WriteAllBytes(_folder["a.parquet"], content);
    }

    private void Write(string name, string sql, string options = "compression zstd")
    {
        DuckDbSample.Run($"COPY ({sql}) TO {DuckDbConnection.Quote(_folder[name])} (FORMAT parquet, {options})");
    }

    private static List<Document> Read(ParquetSourceConfig source, int workers = 2, long partBytes = 1)
    {
        return [.. ReaderOf(source, workers, partBytes).Read(new CorpusTally())];
    }

    private static CorpusReader ReaderOf(ParquetSourceConfig source, int workers, long partBytes)
    {
        var config = new CorpusConfig { Sources = [source], Deduplicate = Deduplication.None };
        return new CorpusReader(config, new PathPlaceholders(), TimeProvider.System, workers) { PartBytes = partBytes };
    }

    private static ParquetPart[] PartsOf(CorpusFile file, long partBytes)
    {
        var format = new ParquetFormat(new ParquetSourceConfig { Name = "table", Paths = [file.Path] }, partBytes);
        return [.. format.Split(file).Cast<ParquetPart>()];
    }
}
