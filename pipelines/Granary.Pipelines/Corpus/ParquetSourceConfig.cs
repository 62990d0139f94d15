using Granary.Core.Configuration;

namespace Granary.Pipelines.Corpus;

/// <summary>Parquet files, with the text in one of their columns; they are read by DuckDB's library.</summary>
public sealed record ParquetSourceConfig : FileSourceConfig
{
    /// <summary>
    /// The column that holds the text. A field of a struct is written column.field, and the elements of a list
    /// list[] or list[].field, which are joined by line ends. Default text.
    /// </summary>
    public string TextField { get; init; } = "text";

    /// <summary>The column or field that names the document, of any type. Default null: its content's hash names it.</summary>
    public string? IdField { get; init; }

    /// <summary>
    /// Which rows are documents: a boolean expression of DuckDB's SQL over the file's columns, such as
    /// <c>language = 'en' and score > 0.5</c>. Default null: all rows.
    /// </summary>
    public string? Where { get; init; }

    /// <summary>
    /// Columns or fields that hold numbers, such as scores of quality: they go with the document, and clusters can be left out by
    /// them. A row may lack them. Default: none.
    /// </summary>
    public IReadOnlyList<string> ScoreFields { get; init; } = [];

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(ParquetField.IsValid(TextField), $"{path}.text_field", TextField, "a column, a field as 'column.field' or a list's elements as 'list[].field'");
        errors.Require(IdField is null || (ParquetField.IsValid(IdField) && !IdField.Contains("[]", StringComparison.Ordinal)), $"{path}.id_field", IdField, "a column, or a field as 'column.field'");
        errors.Require(IdField != TextField, $"{path}.id_field", IdField, "another field than text_field");
        errors.Require(
            ScoreFields.All(field => ParquetField.IsValid(field) && !field.Contains("[]", StringComparison.Ordinal)) && ScoreFields.Distinct().Count() == ScoreFields.Count,
            $"{path}.score_fields",
            string.Join(", ", ScoreFields),
            "columns, or fields as 'column.field', each once");
        errors.Require(Where is null || !string.IsNullOrWhiteSpace(Where), $"{path}.where", Where, "a boolean expression of SQL, or null for all rows");
    }

    /// <inheritdoc/>
    internal override ISourceFormat CreateFormat(long partBytes)
    {
        return new ParquetFormat(this, partBytes);
    }

    /// <inheritdoc/>
    internal override bool Takes(string ending)
    {
        return ending == ".parquet";
    }
}
