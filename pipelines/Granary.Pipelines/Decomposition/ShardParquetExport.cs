using System.Globalization;
using System.Text;
using Granary.Core;
using Granary.Core.Files;
using Granary.Core.Progress;
using Granary.Data.Shards;
using Granary.Pipelines.Native.DuckDb;

namespace Granary.Pipelines.Decomposition;

/// <summary>
/// Writes a shard set as Parquet for other programs: one file a bucket, <c>d10.parquet</c> for rows of 2^10 ids, a row
/// for each row of the bucket and in its order. Memory holds one row group, whatever the set's size.
/// </summary>
/// <remarks>
/// Columns: bucket (the exponent), row, ids (a list), next (null at the document's end), document (hash in hexadecimal),
/// source (name), token_start, piece_ordinal, flags (words set apart by spaces); of packed rows also segments (a list beside
/// ids: which document of the row each id belongs to, from 1, and 0 for padding).
/// </remarks>
public static class ShardParquetExport
{
    private const int IdsPerChunk = 1 << 20;
    private const int IdsPerRowGroup = 1 << 22;
    private const int MaxRowsPerRowGroup = 122_880;
    private const string Rows = "granary_rows";

    /// <summary>Writes the set into a folder that does not exist yet, and that appears when all of it is written.</summary>
    /// <exception cref="CorpusException">The folder exists, a shard is damaged, or the files cannot be written.</exception>
    public static void Write(ShardSet set, string folder, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellationToken = default)
    {
        if (Path.Exists(folder))
        {
            throw new CorpusException(folder, "The folder to export to is here already. Name another, or remove it.");
        }

        var temporary = AtomicFile.TemporaryNameFor(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        Directory.CreateDirectory(temporary);
        try
        {
            var meter = new Meter(progress, set.Manifest.Buckets.Sum(bucket => bucket.Rows << bucket.Exponent));
            foreach (var bucket in set.Manifest.Buckets)
            {
                var file = Path.Combine(temporary, string.Create(CultureInfo.InvariantCulture, $"d{bucket.Exponent:00}.parquet"));
                WriteBucket(new BucketRows(set, bucket, meter, cancellationToken), file);
            }

            meter.Report();
            AtomicFile.PublishFolder(temporary, folder);
        }
        catch (DuckDbException exception)
        {
            throw new CorpusException(folder, $"The set cannot be written as Parquet: {exception.Message}. Mend that and export again.", inner: exception);
        }
        finally
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }

    private static void WriteBucket(BucketRows rows, string file)
    {
        using (var database = new DuckDbDatabase())
        using (var connection = database.Connect())
        {
            var rowsPerGroup = Math.Clamp(IdsPerRowGroup / rows.Length, 1, MaxRowsPerRowGroup);
            var sql = string.Create(CultureInfo.InvariantCulture, $"COPY (FROM {Rows}()) TO {DuckDbConnection.Quote(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {rowsPerGroup}, USE_TMP_FILE false)");
            DuckDbSource.Execute(connection, Rows, rows.Columns, rows.Fill, sql);
        }

        using var written = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(written);
    }

    /// <summary>Makes the rows of one bucket, a chunk at a time.</summary>
    private sealed class BucketRows(ShardSet set, ShardBucket bucket, Meter meter, CancellationToken cancellationToken)
    {
        private readonly bool _isNarrow = set.Manifest.Identity.BytesPerToken() == sizeof(ushort);
        private readonly byte[][] _sources = [.. set.Manifest.Sources.Select(source => Encoding.UTF8.GetBytes(source.Name))];
        private long _next;

        public int Length { get; } = 1 << bucket.Exponent;

        public IReadOnlyList<DuckDbSourceColumn> Columns { get; } =
        [
            new("bucket", DuckDbType.Int32),
            new("row", DuckDbType.Int64),
            new("ids", set.Manifest.Identity.BytesPerToken() == sizeof(ushort) ? DuckDbType.UInt16 : DuckDbType.Int32, IsList: true),
            new("next", DuckDbType.Int32),
            new("document", DuckDbType.Text),
            new("source", DuckDbType.Text),
            new("token_start", DuckDbType.Int32),
            new("piece_ordinal", DuckDbType.Int32),
            new("flags", DuckDbType.Text),
            .. set.Manifest.Identity.IsPacked ? [new DuckDbSourceColumn("segments", DuckDbType.Int32, IsList: true)] : Array.Empty<DuckDbSourceColumn>(),
        ];

        public int Fill(DuckDbChunk chunk)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rows = (int)Math.Min(bucket.Rows - _next, Math.Clamp(IdsPerChunk / Length, 1, DuckDbChunk.MaxRows));
            CopyIds(chunk, rows);
            if (set.Manifest.Identity.IsPacked)
            {
                FillSegments(chunk.Lists<int>(9, rows, Length), rows);
            }

            for (var row = 0; row < rows; row++)
            {
                FillRow(chunk, row);
            }

            _next += rows;
            meter.Advance((long)rows * Length);
            return rows;
        }

        private void CopyIds(DuckDbChunk chunk, int rows)
        {
            if (_isNarrow)
            {
                var ids = chunk.Lists<ushort>(2, rows, Length);
                for (var row = 0; row < rows; row++)
                {
                    set.RowUInt16(bucket.Exponent, _next + row).CopyTo(ids[(row * Length)..]);
                }
            }
            else
            {
                var ids = chunk.Lists<int>(2, rows, Length);
                for (var row = 0; row < rows; row++)
                {
                    set.CopyRow(bucket.Exponent, _next + row, ids.Slice(row * Length, Length));
                }
            }
        }

        private void FillSegments(Span<int> segments, int rows)
        {
            for (var row = 0; row < rows; row++)
            {
                var borders = set.Borders(bucket.Exponent, _next + row);
                var ofRow = segments.Slice(row * Length, Length);
                var segment = 0;
                for (var i = 0; i < Length; i++)
                {
                    segment += (borders[i >> 3] >> (i & 7)) & 1;
                    ofRow[i] = segment;
                }

                if (set.Provenance(bucket.Exponent, _next + row).Flags.HasFlag(RowFlags.Padded))
                {
                    ofRow.Replace(segment, 0);
                }
            }
        }

        private void FillRow(DuckDbChunk chunk, int row)
        {
            var provenance = set.Provenance(bucket.Exponent, _next + row);
            var next = set.NextToken(bucket.Exponent, _next + row);
            chunk.Values<int>(0)[row] = bucket.Exponent;
            chunk.Values<long>(1)[row] = _next + row;
            chunk.Values<int>(3)[row] = next;
            if (next < 0)
            {
                chunk.SetNull(3, row);
            }

            chunk.SetText(4, row, Encoding.ASCII.GetBytes(provenance.Document.ToString()));
            chunk.SetText(5, row, _sources[provenance.SourceIndex]);
            chunk.Values<int>(6)[row] = provenance.TokenStart;
            chunk.Values<int>(7)[row] = provenance.PieceOrdinal;
            chunk.SetText(8, row, WordsOf(provenance.Flags));
        }

        private static byte[] WordsOf(RowFlags flags)
        {
            var words = new List<string>(4);
            foreach (var (flag, word) in new[] { (RowFlags.First, "first"), (RowFlags.Last, "last"), (RowFlags.Split, "split"), (RowFlags.AlignedToEnd, "aligned-to-end"), (RowFlags.Padded, "padded") })
            {
                if (flags.HasFlag(flag))
                {
                    words.Add(word);
                }
            }

            return Encoding.ASCII.GetBytes(string.Join(' ', words));
        }
    }

    /// <summary>Says how many ids are written, now and then.</summary>
    private sealed class Meter(IProgress<ProgressUpdate>? progress, long total)
    {
        private const long Interval = 1 << 22;

        private long _done;
        private long _reported;

        public void Advance(long ids)
        {
            _done += ids;
            if (_done - _reported >= Interval)
            {
                Report();
            }
        }

        public void Report()
        {
            _reported = _done;
            progress?.Report(new ProgressUpdate("writing Parquet", _done, total, "tokens"));
        }
    }
}
