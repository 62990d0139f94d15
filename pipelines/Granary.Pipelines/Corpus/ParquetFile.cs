using System.Globalization;
using System.Text.RegularExpressions;
using Granary.Core.Configuration;
using Granary.Pipelines.Native.DuckDb;

namespace Granary.Pipelines.Corpus;

/// <summary>One Parquet file: where its row groups begin, whether it has the fields that a source asks for, and its rows.</summary>
internal sealed partial class ParquetFile : IDisposable
{
    private const string RowNumber = "file_row_number";
    private const int MaxColumnsListed = 20;

    private static readonly string[] TextTypes = ["VARCHAR", "BLOB", "JSON"];
    private static readonly string[] TextListTypes = ["VARCHAR[]", "JSON[]"];

    private readonly ParquetSourceConfig _config;
    private readonly DuckDbConnection _connection;
    private readonly string _path;
    private readonly string _table;

    /// <summary>Prepares to read a file.</summary>
    /// <exception cref="DuckDbException">DuckDB's library is missing.</exception>
    public ParquetFile(ParquetSourceConfig config, string path)
    {
        _config = config;
        _connection = DuckDbDatabase.Shared.Connect();

        // A star in a file's name is no pattern, and a folder's name no column: paths were found before.
        _path = DuckDbConnection.Quote(Wild().Replace(path, "[$0]"));
        _table = $"read_parquet({_path}, {RowNumber} = true, hive_partitioning = false)";
    }

    /// <summary>The row groups, in the order of their rows.</summary>
    /// <exception cref="InvalidDataException">The file is no Parquet, or damaged.</exception>
    public IReadOnlyList<ParquetRowGroup> RowGroups()
    {
        var groups = new List<ParquetRowGroup>();
        try
        {
            using var rows = _connection.Query($"""
                SELECT any_value(row_group_num_rows), sum(total_compressed_size)::BIGINT
                FROM parquet_metadata({_path}) GROUP BY row_group_id ORDER BY row_group_id
                """);
            while (rows.Next())
            {
                var counts = rows.Column(0);
                var sizes = rows.Column(1);
                for (var row = 0; row < rows.Count; row++)
                {
                    groups.Add(new ParquetRowGroup(groups.Count == 0 ? 0 : groups[^1].EndRow, counts.Int64(row), sizes.Int64(row)));
                }
            }
        }
        catch (DuckDbException exception)
        {
            throw NoParquet(exception);
        }

        return groups;
    }

    /// <summary>Hands the documents of some rows to the sink, in the rows' order.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or not of the form that the source describes.</exception>
    public void Read(long firstRow, long endRow, DocumentSink sink)
    {
        var query = QueryOf(firstRow, endRow);
        try
        {
            using var rows = _connection.Query(query);
            while (rows.Next())
            {
                Take(rows, sink);
            }
        }
        catch (DuckDbException exception)
        {
            var where = string.Create(CultureInfo.InvariantCulture, $"rows {firstRow + 1} to {endRow}");
            throw new InvalidDataException($"The file's {where} cannot be read: {exception.Message}. Write the file again{Remedy(exception)}.", exception);
        }
    }

    public void Dispose()
    {
        _connection.Dispose();
    }

    private void Take(DuckDbRows rows, DocumentSink sink)
    {
        var numbers = rows.Column(0);
        var texts = rows.Column(1);
        var ids = rows.Column(2);
        for (var row = 0; row < rows.Count; row++)
        {
            var line = numbers.Int64(row) + 1;
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

    private string QueryOf(long firstRow, long endRow)
    {
        var columns = Columns();
        var text = FieldOf(_config.TextField, "text_field", columns);
        var type = TypeOf(text);
        if (!(text.IsList ? TextListTypes : TextTypes).Contains(type))
        {
            throw new InvalidDataException($"The field '{text}' holds {type}, not text (VARCHAR or BLOB). Name the field with the text in 'text_field': 'column', 'struct.field', or 'list[]' and 'list[].field' for lists of text.");
        }

        var id = _config.IdField is null ? "NULL" : FieldOf(_config.IdField, "id_field", columns).Sql;
        return string.Create(CultureInfo.InvariantCulture, $"""
            SELECT {RowNumber}, {(text.IsList ? $"array_to_string({text.Sql}, chr(10))" : text.Sql)}, CAST({id} AS VARCHAR)
            FROM {_table} WHERE {RowNumber} >= {firstRow} AND {RowNumber} < {endRow}{Condition()}
            """);
    }

    private List<string> Columns()
    {
        try
        {
            return Texts($"SELECT column_name FROM (DESCRIBE SELECT * EXCLUDE ({RowNumber}) FROM {_table})");
        }
        catch (DuckDbException exception)
        {
            throw NoParquet(exception);
        }
    }

    private static ParquetField FieldOf(string path, string key, List<string> columns)
    {
        var field = new ParquetField(path, columns);
        if (!field.IsMissing)
        {
            return field;
        }

        var known = string.Join(", ", columns.Take(MaxColumnsListed).Select(name => $"'{name}'"));
        var advice = NearestWord.To(field.Column, columns) is { } nearest ? $" Did you mean '{nearest}'?" : string.Empty;
        throw new InvalidDataException($"The file has no column '{field.Column}'; its columns are {known}{(columns.Count > MaxColumnsListed ? ", ..." : string.Empty)}. Correct '{key}'.{advice}");
    }

    private string TypeOf(ParquetField field)
    {
        try
        {
            return Texts($"SELECT column_type FROM (DESCRIBE SELECT {field.Sql} FROM {_table})")[0];
        }
        catch (DuckDbException exception)
        {
            throw new InvalidDataException($"The column '{field.Column}' has no field '{field}': {exception.Message}. Correct 'text_field'.", exception);
        }
    }

    private string Condition()
    {
        if (_config.Where is null)
        {
            return string.Empty;
        }

        try
        {
            // On a line of its own: a comment at its end must not swallow the bracket.
            var type = Texts($"SELECT column_type FROM (DESCRIBE SELECT (\n{_config.Where}\n) FROM {_table})")[0];
            return type == "BOOLEAN"
                ? $" AND (\n{_config.Where}\n)"
                : throw new InvalidDataException($"'where' is '{_config.Where}', which gives {type}, but must give BOOLEAN. Compare it with something.");
        }
        catch (DuckDbException exception)
        {
            throw new InvalidDataException($"'where' is '{_config.Where}', which DuckDB refuses: {exception.Message}. Correct it.", exception);
        }
    }

    private List<string> Texts(string sql)
    {
        var texts = new List<string>();
        using var rows = _connection.Query(sql);
        while (rows.Next())
        {
            for (var row = 0; row < rows.Count; row++)
            {
                texts.Add(rows.Column(0).Text(row)!);
            }
        }

        return texts;
    }

    private static InvalidDataException NoParquet(DuckDbException exception)
    {
        return new InvalidDataException($"The file is no Parquet file, or it is damaged or cut off: {exception.Message}. Fetch or write it again.", exception);
    }

    private static string Remedy(DuckDbException exception)
    {
        return exception.Message.StartsWith("Out of Memory", StringComparison.Ordinal)
            ? $" with fewer than 2048 rows in a row group, or read with fewer workers; DuckDB may hold {DuckDbDatabase.MemoryLimit} bytes"
            : string.Empty;
    }

    [GeneratedRegex(@"[*?\[]")]
    private static partial Regex Wild();
}
