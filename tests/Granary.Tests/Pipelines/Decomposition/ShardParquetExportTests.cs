using Granary.Core;
using Granary.Core.Progress;
using Granary.Data.Batching;
using Granary.Data.Shards;
using Granary.Data.Shards.Tests;
using Granary.Pipelines.Decomposition.Packing;
using Granary.Pipelines.Native.DuckDb;
using Granary.Pipelines.Native.DuckDb.Tests;
using Granary.Testing;

namespace Granary.Pipelines.Decomposition.Tests;

public sealed class ShardParquetExportTests
{
    private static readonly (int, long)[] Buckets = [(4, 5_003), (6, 7), (10, 300)];

    private TempFolder _folder = null!; // of each test
    private ShardSet? _set;

    [SetUp]
    public void WriteSet()
    {
        DuckDbSample.Connect().Dispose();
        _folder = new TempFolder();
    }

    [TearDown]
    public void RemoveSet()
    {
        _set?.Dispose();
        _folder?.Dispose();
    }

    [Test]
    public void DuckDB_reads_back_every_row_as_the_set_has_it([Values(50_000, 100_000)] int vocabularySize)
    {
        Open(vocabularySize);

        ShardParquetExport.Write(_set!, _folder["out"]);

        Assert.That(Directory.EnumerateFileSystemEntries(_folder["out"]).Select(Path.GetFileName), Is.EquivalentTo(new[] { "d04.parquet", "d06.parquet", "d10.parquet" }));
        foreach (var (exponent, rows) in Buckets)
        {
            Assert.That(RowsOf($"d{exponent:00}.parquet"), Is.EqualTo(Enumerable.Range(0, (int)rows).Select(row => Expected(exponent, row, vocabularySize))));
        }
    }

    [Test]
    public void Ids_are_as_narrow_as_in_the_shards([Values(50_000, 100_000)] int vocabularySize)
    {
        Open(vocabularySize);

        ShardParquetExport.Write(_set!, _folder["out"]);

        var type = DuckDbSample.Text($"SELECT typeof(ids) FROM {DuckDbConnection.Quote(_folder["out", "d06.parquet"])} LIMIT 1");
        Assert.That(type, Is.EqualTo(vocabularySize == 50_000 ? "USMALLINT[]" : "INTEGER[]"));
    }

    [Test]
    public void Packed_rows_say_which_document_each_id_belongs_to()
    {
        var documents = new[] { 9, 5, 3 }.Select((length, i) => new TokenizedDocument(new DocumentHash((UInt128)i), 0, Enumerable.Repeat(i + 1, length).ToArray()));
        var config = new BestFitConfig { RowLength = 16, TokensPerStep = 16 };
        new PackedShardBuilder(config, seed: 1, new string('a', 64), vocabularySize: 10, endOfTextId: 0, ["one"]).Build(_folder["set"], documents);
        _set = ShardSet.Open(_folder["set", ShardManifest.FileName]);

        ShardParquetExport.Write(_set, _folder["out"]);

        var rows = DuckDbSample.Texts($"SELECT concat_ws('|', array_to_string(ids, ''), array_to_string(segments, ''), flags) FROM {DuckDbConnection.Quote(_folder["out", "d04.parquet"])}");
        Assert.That(rows, Is.EqualTo(new[] { "1111111112222200|1111111112222200|first padded", "3330000000000000|1110000000000000|first padded" }));
    }

    [Test]
    public void Long_rows_are_stored_in_small_row_groups()
    {
        Open(50_000, (14, 300));

        ShardParquetExport.Write(_set!, _folder["out"]);

        var rows = DuckDbSample.Text($"SELECT string_agg(DISTINCT row_group_num_rows, ' ' ORDER BY row_group_num_rows) FROM parquet_metadata({DuckDbConnection.Quote(_folder["out", "d14.parquet"])})");
        Assert.That(rows, Is.EqualTo("44 256"), "2^22 ids each");
    }

    [Test]
    public void A_damaged_shard_leaves_nothing_behind_and_is_named()
    {
        Open(50_000);
        var shard = _set!.Manifest.Buckets[0].Shards[0].File;
        using (var stream = File.OpenWrite(_folder["set", shard]))
        {
            stream.Position = 5_000;
            stream.WriteByte(0xAA);
        }

        var error = Assert.Throws<CorpusException>(() => ShardParquetExport.Write(_set!, _folder["out"]));

        Assert.That(error.File, Does.EndWith(shard));
        Assert.That(Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName), Is.EqualTo(new[] { "set" }));
    }

    [Test]
    public void An_existing_folder_is_not_touched()
    {
        Open(50_000);
        Directory.CreateDirectory(_folder["out"]);

        var error = Assert.Throws<CorpusException>(() => ShardParquetExport.Write(_set!, _folder["out"]));

        Assert.That(error.Message, Does.Contain("The folder to export to is here already."));
    }

    [Test]
    public void Progress_ends_at_the_set_s_tokens_and_cancelling_leaves_nothing()
    {
        Open(50_000);
        using var cancel = new CancellationTokenSource();
        var updates = new Updates();

        ShardParquetExport.Write(_set!, _folder["out"], updates);
        cancel.Cancel();

        var total = Buckets.Sum(bucket => bucket.Item2 << bucket.Item1);
        Assert.That(updates.Last, Is.EqualTo(new ProgressUpdate("writing Parquet", total, total, "tokens")));
        Assert.Throws<OperationCanceledException>(() => ShardParquetExport.Write(_set!, _folder["other"], null, cancel.Token));
        Assert.That(Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName), Is.EquivalentTo(new[] { "set", "out" }));
    }

    private void Open(int vocabularySize, params (int, long)[] buckets)
    {
        _set = ShardSet.Open(ShardSamples.WriteSet(_folder["set"], buckets.Length == 0 ? Buckets : buckets, rowsPerShard: 2_000, vocabularySize));
    }

    private List<string?> RowsOf(string file)
    {
        return DuckDbSample.Texts($"SELECT concat_ws('|', bucket, row, ids::VARCHAR, coalesce(next, -1), document, source, token_start, piece_ordinal, flags) FROM {DuckDbConnection.Quote(_folder["out", file])}");
    }

    private static string Expected(int exponent, int row, int vocabularySize)
    {
        var from = ShardSamples.Provenance(exponent, row);
        var flags = from.Flags == RowFlags.None ? string.Empty : from.Flags.ToString().Replace(", ", " ", StringComparison.Ordinal).Replace("AlignedToEnd", "aligned-to-end", StringComparison.Ordinal).ToLowerInvariant();
        var ids = string.Join(", ", ShardSamples.Ids(exponent, row, vocabularySize));
        var source = from.SourceIndex == 0 ? "one" : "other";
        return $"{exponent}|{row}|[{ids}]|{ShardSamples.Next(exponent, row, vocabularySize)}|{from.Document}|{source}|{from.TokenStart}|{from.PieceOrdinal}|{flags}";
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
