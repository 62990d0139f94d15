using System.Globalization;
using System.Text.RegularExpressions;
using Granary.Core.Configuration;
using Granary.Pipelines.Corpus.ParquetBytes;
using Granary.Pipelines.Native.DuckDb;

namespace Granary.Pipelines.Corpus;

/// <summary>One Parquet file before its rows are read: where its row groups lie, and how a source's fields are asked for.</summary>
internal sealed partial class ParquetFile
{
    /// <summary>The column in which DuckDB numbers a file's rows, from 0; it passes over row groups by it.</summary>
    public const string RowNumber = "file_row_number";

    // A column's dictionary, where it has one, stands before its data.
    private const string FirstPage = "least(data_page_offset, coalesce(nullif(dictionary_page_offset, 0), data_page_offset))";
    private const string StepEnd = ", "; // as DuckDB joins a column and the fields within it
    private const int MaxColumnsListed = 20;

    private static readonly string[] TextTypes = ["VARCHAR", "BLOB", "JSON"];
    private static readonly string[] TextListTypes = ["VARCHAR[]", "JSON[]"];

    private readonly ParquetSourceConfig _config;
    private readonly DuckDbConnection _connection;
    private readonly string _path;
    private readonly string _table;

    /// <summary>Prepares to look into a file.</summary>
    public ParquetFile(ParquetSourceConfig config, string path, DuckDbConnection connection)
    {
        _config = config;
        _connection = connection;

        // Which files are read was decided before: a star in a name is no pattern, and a folder's name no column.
        _path = DuckDbConnection.Quote(Wild().Replace(path, "[$0]"));
        _table = $"read_parquet({_path}, {RowNumber} = true, hive_partitioning = false)";
    }

    /// <summary>The row groups, in the order of their rows.</summary>
    /// <exception cref="InvalidDataException">The file is no Parquet file, or is damaged.</exception>
    public IReadOnlyList<ParquetRowGroup> RowGroups()
    {
        var groups = new List<ParquetRowGroup>();
        try
        {
            using var rows = _connection.Query($"""
                SELECT any_value(row_group_num_rows)::BIGINT, min({FirstPage})::BIGINT
                FROM parquet_metadata({_path}) GROUP BY row_group_id ORDER BY row_group_id
                """);
            while (rows.Next())
            {
                var counts = rows.Column(0);
                var starts = rows.Column(1);
                for (var row = 0; row < rows.Count; row++)
                {
                    groups.Add(new ParquetRowGroup(counts.Int64(row), starts.Int64(row)));
                }
            }
        }
        catch (DuckDbException exception)
        {
            throw NoParquet(exception);
        }

        return groups;
    }

    /// <summary>
    /// Where the pages of what is read lie, of some row groups: the columns of text and name, and those whose names stand in
    /// the condition on rows.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is damaged, or has not the fields that the source asks for.</exception>
    public IReadOnlyList<ParquetChunk> ChunksOf(Range rowGroups)
    {
        var read = ColumnsRead(Columns());
        var chunks = new List<ParquetChunk>();
        using var rows = _connection.Query(string.Create(CultureInfo.InvariantCulture, $"""
            SELECT row_group_id::BIGINT, {FirstPage}::BIGINT, total_compressed_size::BIGINT, path_in_schema
            FROM parquet_metadata({_path}) WHERE row_group_id >= {rowGroups.Start.Value} AND row_group_id < {rowGroups.End.Value}
            ORDER BY row_group_id, column_id
            """));
        while (rows.Next())
        {
            var groups = rows.Column(0);
            var starts = rows.Column(1);
            var sizes = rows.Column(2);
            var paths = rows.Column(3);
            for (var row = 0; row < rows.Count; row++)
            {
                var path = paths.Text(row)!;
                if (read.Any(column => path == column || path.StartsWith($"{column}{StepEnd}", StringComparison.Ordinal)))
                {
                    chunks.Add(new ParquetChunk((int)groups.Int64(row), path, starts.Int64(row), sizes.Int64(row)));
                }
            }
        }

        return chunks;
    }

    /// <summary>The text's column and the fields on the way to it; null where the text is put together of a list's elements.</summary>
    /// <exception cref="InvalidDataException">The file has not the field.</exception>
    public string[]? PathOfText()
    {
        var text = FieldOf(_config.TextField, "text_field", Columns());
        return text.IsList ? null : [.. text.Steps];
    }

    /// <summary>A query for row numbers, texts, names and scores, to which a condition on rows can be added with AND.</summary>
    /// <exception cref="InvalidDataException">The file has not the fields that the source asks for.</exception>
    public string Query()
    {
        var columns = Columns();
        var text = FieldOf(_config.TextField, "text_field", columns);
        var type = TypeOf(text, "text_field");
        if (!(text.IsList ? TextListTypes : TextTypes).Contains(type))
        {
            throw new InvalidDataException($"The field '{text}' holds {type}, not text (VARCHAR or BLOB). Name the field with the text in 'text_field': 'column', 'struct.field', or 'list[]' and 'list[].field' for lists of text.");
        }

        var scores = string.Concat(_config.ScoreFields.Select(score => $", TRY_CAST({ScoreOf(score, columns)} AS DOUBLE)"));
        return $"""
            SELECT {RowNumber}, {(text.IsList ? $"array_to_string({text.Sql}, chr(10))" : text.Sql)}, CAST({IdOf(columns)} AS VARCHAR){scores}
            FROM {_table} WHERE {Condition()}
            """;
    }

    private List<string> ColumnsRead(List<string> columns)
    {
        var text = FieldOf(_config.TextField, "text_field", columns).Column;
        var id = _config.IdField is null ? text : FieldOf(_config.IdField, "id_field", columns).Column;
        var scores = _config.ScoreFields.Select(score => FieldOf(score, "score_fields", columns).Column).ToList();
        return columns.FindAll(column => column.Equals(text, StringComparison.OrdinalIgnoreCase)
            || column.Equals(id, StringComparison.OrdinalIgnoreCase)
            || scores.Contains(column, StringComparer.OrdinalIgnoreCase)
            || _config.Where?.Contains(column, StringComparison.OrdinalIgnoreCase) == true);
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

    private string IdOf(List<string> columns)
    {
        if (_config.IdField is null)
        {
            return "NULL";
        }

        var id = FieldOf(_config.IdField, "id_field", columns);
        _ = TypeOf(id, "id_field"); // any will do, but it must be there
        return id.Sql;
    }

    private string ScoreOf(string path, List<string> columns)
    {
        var score = FieldOf(path, "score_fields", columns);
        _ = TypeOf(score, "score_fields"); // what is no number is none
        return score.Sql;
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

    private string TypeOf(ParquetField field, string key)
    {
        try
        {
            return TypeOf(field.Sql);
        }
        catch (DuckDbException exception)
        {
            throw new InvalidDataException($"The column '{field.Column}' has no field '{field}': {exception.Message}. Correct '{key}'.", exception);
        }
    }

    private string Condition()
    {
        if (_config.Where is null)
        {
            return "true";
        }

        try
        {
            // On lines of its own: a comment at its end must not swallow the bracket.
            var type = TypeOf($"(\n{_config.Where}\n)");
            return type == "BOOLEAN"
                ? $"(\n{_config.Where}\n)"
                : throw new InvalidDataException($"'where' is '{_config.Where}', which gives {type} but must give BOOLEAN. Compare it with something.");
        }
        catch (DuckDbException exception)
        {
            throw new InvalidDataException($"'where' is '{_config.Where}', which DuckDB refuses: {exception.Message}. Correct it.", exception);
        }
    }

    private string TypeOf(string expression)
    {
        return Texts($"SELECT column_type FROM (DESCRIBE SELECT {expression} FROM {_table})")[0];
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
        return new InvalidDataException($"The file is no Parquet file, or is damaged or cut off: {exception.Message}. Fetch or write it again.", exception);
    }

    [GeneratedRegex(@"[*?\[]")]
    private static partial Regex Wild();
}
