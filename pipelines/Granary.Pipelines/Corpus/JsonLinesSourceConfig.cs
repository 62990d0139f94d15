using Granary.Core.Configuration;

namespace Granary.Pipelines.Corpus;

/// <summary>A JSON object a line, with the text in one of its fields; names that end in .gz, .zst or .bz2 are unpacked.</summary>
public sealed record JsonLinesSourceConfig : FileSourceConfig
{
    /// <summary>The field that holds the text; "a.b" is the field b of the object in field a, or one whose name has the dot. Default text.</summary>
    public string TextField { get; init; } = "text";

    /// <summary>The field that names the document, a text or a number, found like the text. Default null: its content's hash names it.</summary>
    public string? IdField { get; init; }

    /// <summary>
    /// Fields of the object itself that hold numbers, such as scores of quality: they go with the document, and clusters can be left
    /// out by them. A document may lack them. Default: none.
    /// </summary>
    public IReadOnlyList<string> ScoreFields { get; init; } = [];

    /// <inheritdoc/>
    public override void Validate(string path, ConfigurationErrors errors)
    {
        base.Validate(path, errors);
        errors.Require(TextField.Length > 0, $"{path}.text_field", TextField, "the name of a field");
        errors.Require(IdField != string.Empty, $"{path}.id_field", IdField, "the name of a field, or null");
        errors.Require(IdField != TextField, $"{path}.id_field", IdField, "another field than text_field");
        errors.Require(!ScoreFields.Contains(string.Empty) && ScoreFields.Distinct().Count() == ScoreFields.Count, $"{path}.score_fields", string.Join(", ", ScoreFields), "names of fields, each once");
    }

    /// <inheritdoc/>
    internal override ISourceFormat CreateFormat(long partBytes)
    {
        return new StreamFormat(partBytes, () => new JsonLinesReader(this));
    }
}
