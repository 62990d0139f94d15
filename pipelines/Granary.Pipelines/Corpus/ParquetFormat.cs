using System.Globalization;
using Granary.Core;
using Granary.Pipelines.Native.DuckDb;

namespace Granary.Pipelines.Corpus;

/// <summary>Files of Parquet, read by DuckDB in parts of whole row groups. A document's line is its row, from 1.</summary>
internal sealed class ParquetFormat : ISourceFormat
{
    private readonly ParquetSourceConfig _config;
    private readonly long _partBytes;

    public ParquetFormat(ParquetSourceConfig config, long partBytes)
    {
        _config = config;
        _partBytes = partBytes;
    }

    public IReadOnlyList<FilePart> Split(CorpusFile file)
    {
        if (file.Bytes <= _partBytes)
        {
            return [FilePart.Whole(file)]; // files are split one at a time, but opened by all workers
        }

        try
        {
            return PartsOf(file, _partBytes);
        }
        catch (InvalidDataException)
        {
            return [FilePart.Whole(file)];
        }
    }

    public PartDigest Read(FilePart part, DocumentSink sink)
    {
        // A file that could not be split is one part as well; to open it again says why.
        var rows = part as ParquetPart ?? PartsOf(part.File, long.MaxValue)[0];
        try
        {
            var digest = DigestOf(rows, sink);
            if (rows.EndRow > rows.FirstRow)
            {
                ReadRows(rows, sink);
            }
            else
            {
                sink.Drop(DropReason.Empty, string.Empty, 0, -1, 0);
            }

            return digest with { Lines = rows.EndRow - rows.FirstRow };
        }
        finally
        {
            rows.Database.EndPart();
        }
    }

    private ParquetPart[] PartsOf(CorpusFile file, long partBytes)
    {
        var database = new ParquetDatabase(file.Path, isInParts: file.Bytes > partBytes);
        using var connection = database.Connect();
        var opened = new ParquetFile(_config, file.Path, connection);
        var groups = opened.RowGroups();
        var query = opened.Query();
        var firsts = FirstGroupsOf(groups, partBytes);
        var rowsBefore = 0L;
        var parts = new ParquetPart[firsts.Count];
        database.ExpectParts(parts.Length);
        for (var i = 0; i < parts.Length; i++)
        {
            var endGroup = i == parts.Length - 1 ? groups.Count : firsts[i + 1];
            var rows = groups.Take(firsts[i]..endGroup).Sum(group => group.Rows);
            var (start, end) = (i == 0 ? 0 : groups[firsts[i]].Start, i == parts.Length - 1 ? long.MaxValue : groups[endGroup].Start);
            parts[i] = new ParquetPart(new FilePart(file, i, parts.Length, start, end)) { Database = database, Query = query, FirstRow = rowsBefore, EndRow = rowsBefore + rows };
            rowsBefore += rows;
        }

        return parts;
    }

    /// <summary>The row group that each part begins with: a part ends where it has enough bytes.</summary>
    private static List<int> FirstGroupsOf(IReadOnlyList<ParquetRowGroup> groups, long partBytes)
    {
        var firsts = new List<int> { 0 };
        for (var i = 1; i < groups.Count; i++)
        {
            if (groups[i].Start <= groups[i - 1].Start)
            {
                return [0]; // stored in another order than that of the rows, which Parquet allows
            }

            if (groups[i].Start - (firsts.Count == 1 ? 0 : groups[firsts[^1]].Start) >= partBytes)
            {
                firsts.Add(i);
            }
        }

        return firsts;
    }

    /// <summary>Hashes the part's bytes; DuckDB then finds them in memory.</summary>
    private static PartDigest DigestOf(ParquetPart part, DocumentSink sink)
    {
        using var content = new PartStream(part, part.Start, sink.CountFileBytes);
        var digest = content.Finish();
        if (digest.Bytes != part.Bytes)
        {
            throw new CorpusException(part.File.Path, $"The file has {part.Start + digest.Bytes} bytes, but had {part.File.Bytes} when it was listed: it changed meanwhile. Run again when nobody writes to it.");
        }

        return digest;
    }

    private void ReadRows(ParquetPart part, DocumentSink sink)
    {
        try
        {
            using var connection = part.Database.Connect();
            using var rows = connection.Query(string.Create(CultureInfo.InvariantCulture, $"{part.Query} AND {ParquetFile.RowNumber} >= {part.FirstRow} AND {ParquetFile.RowNumber} < {part.EndRow}"));
            while (rows.Next())
            {
                Take(rows, part.FirstRow, sink);
            }
        }
        catch (DuckDbException exception)
        {
            var remedy = exception.Message.StartsWith("Out of Memory", StringComparison.Ordinal)
                ? $"DuckDB holds 2048 rows at a time and may take {DuckDbDatabase.MemoryLimit} bytes in all. Write the file with fewer rows in a row group, or read it on a machine with more memory."
                : "Fetch or write the file again.";
            throw new InvalidDataException($"Rows {part.FirstRow + 1} to {part.EndRow} cannot be read: {exception.Message}. {remedy}", exception);
        }
    }

    private void Take(DuckDbRows rows, long firstRow, DocumentSink sink)
    {
        var numbers = rows.Column(0);
        var texts = rows.Column(1);
        var ids = rows.Column(2);
        for (var row = 0; row < rows.Count; row++)
        {
            var line = numbers.Int64(row) - firstRow + 1;
            if (texts.IsNull(row))
            {
                sink.Drop(DropReason.NoText, $"The field '{_config.TextField}' is null. Name the field with the text in 'text_field', or leave such rows out with 'where'.", line, -1, 0);
                continue;
            }

            var text = texts.Bytes(row);
            if (text.Length > sink.MaxDocumentBytes)
            {
                sink.DropTooLong("document", line, -1, text.Length);
            }
            else
            {
                sink.Add(text, line, -1, ids.Text(row));
            }
        }
    }
}
