using System.Globalization;
using Granary.Core;
using Granary.Pipelines.Corpus.ParquetBytes;
using Granary.Pipelines.Native.DuckDb;

namespace Granary.Pipelines.Corpus;

/// <summary>Files of Parquet, read by DuckDB in parts of whole row groups. A document's line is its row, from 1.</summary>
internal sealed class ParquetFormat : ISourceFormat
{
    private const int FirstScore = 3; // behind row number, text and name
    private const string BrokenText = "Invalid string encoding"; // DuckDB's words

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
            CheckPages(rows);
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
        var chunks = HasChecksums(file, groups) ? opened.ChunksOf(..groups.Count) : [];
        var firsts = FirstGroupsOf(groups, partBytes);
        var rowsBefore = 0L;
        var parts = new ParquetPart[firsts.Count];
        database.ExpectParts(parts.Length);
        for (var i = 0; i < parts.Length; i++)
        {
            var endGroup = i == parts.Length - 1 ? groups.Count : firsts[i + 1];
            var rows = groups.Take(firsts[i]..endGroup).Sum(group => group.Rows);
            var (start, end) = (i == 0 ? 0 : groups[firsts[i]].Start, i == parts.Length - 1 ? long.MaxValue : groups[endGroup].Start);
            parts[i] = new ParquetPart(new FilePart(file, i, parts.Length, start, end))
            {
                Database = database,
                Query = query,
                RowGroups = firsts[i]..endGroup,
                FirstRow = rowsBefore,
                EndRow = rowsBefore + rows,
                Checked = [.. chunks.Where(chunk => chunk.RowGroup >= firsts[i] && chunk.RowGroup < endGroup)],
            };
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

    private static bool HasChecksums(CorpusFile file, IReadOnlyList<ParquetRowGroup> groups)
    {
        if (groups.Count == 0)
        {
            return false;
        }

        using var pages = new ParquetChecksums(file.Path);
        return pages.StandAt(groups[0].Start);
    }

    private static void CheckPages(ParquetPart part)
    {
        if (part.Checked.Count == 0)
        {
            return;
        }

        using var pages = new ParquetChecksums(part.File.Path);
        foreach (var chunk in part.Checked)
        {
            pages.Check(chunk);
        }
    }

    private void ReadRows(ParquetPart part, DocumentSink sink)
    {
        var next = part.FirstRow;
        try
        {
            using var connection = part.Database.Connect();
            try
            {
                ReadRows(connection, part.Query, part, ref next, sink);
            }
            catch (DuckDbException exception) when (exception.Message.Contains(BrokenText, StringComparison.Ordinal))
            {
                ReadRowsAsBytes(part, exception, ref next, sink);
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

    /// <summary>Reads rows from <paramref name="next"/> on, which stays behind the last that was read.</summary>
    private void ReadRows(DuckDbConnection connection, string query, ParquetPart part, ref long next, DocumentSink sink)
    {
        using var rows = connection.Query(string.Create(CultureInfo.InvariantCulture, $"{query} AND {ParquetFile.RowNumber} >= {next} AND {ParquetFile.RowNumber} < {part.EndRow}"));
        while (rows.Next())
        {
            Take(rows, part.FirstRow, ref next, sink);
        }
    }

    /// <summary>DuckDB gives up a column of text at the first one that is not UTF-8; from there on it is read as bytes, which the sink looks through.</summary>
    private void ReadRowsAsBytes(ParquetPart part, DuckDbException broken, ref long next, DocumentSink sink)
    {
        using var connection = DuckDbDatabase.Shared.Connect();
        var opened = new ParquetFile(_config, part.File.Path, connection);
        if (opened.PathOfText() is not { } path)
        {
            throw new DuckDbException(broken.Message, broken); // elements of lists are joined as text
        }

        using var standIn = ParquetStandIn.Create(part.File.Path, opened.ChunksOf(part.RowGroups), path);
        string query;
        try
        {
            query = new ParquetFile(_config, standIn.Path, connection).Query();
        }
        catch (InvalidDataException)
        {
            throw new DuckDbException(broken.Message, broken); // the condition on rows asks for text
        }

        ReadRows(connection, query, part, ref next, sink);
    }

    private void Take(DuckDbRows rows, long firstRow, ref long next, DocumentSink sink)
    {
        var numbers = rows.Column(0);
        var texts = rows.Column(1);
        var ids = rows.Column(2);
        for (var row = 0; row < rows.Count; row++)
        {
            next = numbers.Int64(row) + 1;
            var line = next - firstRow;
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
                sink.Add(text, line, -1, ids.Text(row), scores: ScoresOf(rows, row));
            }
        }
    }

    private Dictionary<string, double>? ScoresOf(DuckDbRows rows, int row)
    {
        if (_config.ScoreFields.Count == 0)
        {
            return null;
        }

        var scores = new Dictionary<string, double>();
        foreach (var (i, field) in _config.ScoreFields.Index())
        {
            var column = rows.Column(FirstScore + i);
            if (!column.IsNull(row) && double.IsFinite(column.Double(row)))
            {
                scores.Add(field, column.Double(row));
            }
        }

        return scores;
    }
}
