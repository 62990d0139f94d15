using Granary.Pipelines.Native.DuckDb;
using Granary.Pipelines.Native.DuckDb.Tests;
using Granary.Testing;

namespace Granary.Pipelines.Corpus.Tests;

public sealed class ParquetFileTests
{
    private TempFolder _folder;

    [SetUp]
    public void CreateFolder()
    {
        _folder = new TempFolder();
    }

    [TearDown]
    public void RemoveFolder()
    {
        _folder.Dispose();
    }

    [TestCase("compression snappy")]
    [TestCase("compression zstd")]
    [TestCase("compression gzip")]
    [TestCase("compression uncompressed")]
    [TestCase("compression lz4")]
    [TestCase("compression brotli")]
    [TestCase("compression zstd, parquet_version v2", Description = "delta encodings")]
    [TestCase("compression snappy, dictionary_size_limit 1", Description = "no dictionaries")]
    public void Every_way_of_storing_gives_the_text_that_was_put_in(string options)
    {
        // Every third text stands often, so that the writer makes a dictionary of the column where it may.
        const string Text = "CASE i % 3 WHEN 0 THEN 'often ' || i % 7 ELSE 'row ' || i || ' — ' || repeat(md5(i::VARCHAR), 1 + i % 9) || chr(10) END";
        var path = Write($"SELECT i, {Text} AS text FROM range(9000) t(i)", $"{options}, row_group_size 2048");

        var documents = Read(path);

        Assert.That(documents.Select(CorpusSample.TextOf), Is.EqualTo(Texts($"SELECT {Text} FROM range(9000) t(i)")));
        Assert.That(documents.Select(one => one.Line), Is.EqualTo(Enumerable.Range(1, 9000)));
    }

    private string Write(string sql, string options = "compression zstd")
    {
        var path = _folder["a.parquet"];
        DuckDbSample.Run($"COPY ({sql}) TO {DuckDbConnection.Quote(path)} (FORMAT parquet, {options})");
        return path;
    }

    private static List<string> Texts(string sql)
    {
        using var connection = DuckDbSample.Connect();
        using var rows = connection.Query(sql);
        var texts = new List<string>();
        while (rows.Next())
        {
            for (var row = 0; row < rows.Count; row++)
            {
                texts.Add(rows.Column(0).Text(row)!);
            }
        }

        return texts;
    }

    private static List<Document> Read(string path)
    {
        var documents = new List<Document>();
        var config = new ParquetSourceConfig { Name = "a", Paths = [path] };
        using var file = new ParquetFile(config, path);
        var sink = new DocumentSink(config, 0, path, batch => documents.AddRange(batch.Documents));
        foreach (var group in file.RowGroups())
        {
            file.Read(group.FirstRow, group.EndRow, sink);
        }

        sink.Deliver();
        return documents;
    }
}
