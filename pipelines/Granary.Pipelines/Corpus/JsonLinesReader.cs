using System.Text;
using System.Text.Json;

namespace Granary.Pipelines.Corpus;

/// <summary>Reads a JSON object a line. Of a field that stands twice the last counts, as in most readers of JSON.</summary>
internal sealed class JsonLinesReader : IDocumentReader
{
    private const int MaxDepth = 64;

    private readonly JsonLinesSourceConfig _config;
    private readonly byte[] _textField;
    private readonly byte[] _idField; // empty when there is none
    private readonly (byte[] Name, string Field)[] _scoreFields;

    public JsonLinesReader(JsonLinesSourceConfig config)
    {
        _config = config;
        _textField = Encoding.UTF8.GetBytes(config.TextField);
        _idField = Encoding.UTF8.GetBytes(config.IdField ?? string.Empty);
        _scoreFields = [.. config.ScoreFields.Select(field => (Encoding.UTF8.GetBytes(field), field))];
    }

    // The byte before a part tells whether a line begins with the part.
    public int? LeadBytes => 1;

    public void Read(Stream content, long offset, FilePart part, DocumentSink sink)
    {
        var lines = new PieceReader(content, _config.MaxDocumentBytes, offset, part.Start);
        if (part.Index > 0 && !lines.TrySkip("\n"u8, part.End))
        {
            return;
        }

        while (lines.Offset < part.End && lines.TryRead("\n"u8, out var line))
        {
            if (line.IsTooLong)
            {
                sink.DropTooLong("line", line.Line, line.Offset, line.Length);
                continue;
            }

            var json = line.Offset == 0 ? Utf8Text.WithoutByteOrderMark(line.Bytes) : line.Bytes;
            if (!Utf8Text.IsBlank(json.Span))
            {
                ReadLine(json, line.Line, line.Offset, sink);
            }
        }
    }

    private void ReadLine(ReadOnlyMemory<byte> json, long number, long offset, DocumentSink sink)
    {
        Fields fields;
        try
        {
            fields = FieldsOf(json);
        }
        catch (JsonException exception)
        {
            // The reader's own text repeats the place, in a line of its own counting.
            var what = exception.Message.Split(" LineNumber:")[0].TrimEnd('.');
            sink.Drop(DropReason.InvalidJson, $"The line is not one JSON object: {what}.", number, offset, json.Length, exception);
            return;
        }

        if (fields.Text is { } text)
        {
            sink.Add(text.Span, number, offset, fields.Id, fields.Replaced, fields.Scores);
        }
        else
        {
            var what = fields.TextKind is { } kind ? $"holds {kind}, not text" : "is missing";
            sink.Drop(DropReason.NoText, $"The field '{_config.TextField}' {what}. Name the field with the text in 'text_field'.", number, offset, json.Length);
        }
    }

    private Fields FieldsOf(ReadOnlyMemory<byte> json)
    {
        var fields = new Fields();
        var reader = new Utf8JsonReader(json.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException($"it holds {KindOf(reader.TokenType)}");
        }

        ReadFields(ref reader, json, _textField, _idField, _scoreFields, ref fields);

        // Past the closing brace nothing may stand; the reader throws if something does.
        reader.Read();
        return fields;
    }

    /// <summary>Reads an object to its closing brace; the names are paths from here, and empty where nothing is sought.</summary>
    private static void ReadFields(
        ref Utf8JsonReader reader, ReadOnlyMemory<byte> json, ReadOnlySpan<byte> textField, ReadOnlySpan<byte> idField, ReadOnlySpan<(byte[] Name, string Field)> scoreFields, ref Fields fields)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // The reader's own comparison throws on names with halves of surrogate pairs.
            var name = reader.ValueIsEscaped ? JsonText.Unescape(reader.ValueSpan, out _).Span : reader.ValueSpan;
            var (isText, textWithin) = (textField.Length > 0 && name.SequenceEqual(textField), Within(textField, name));
            var (isId, idWithin) = (idField.Length > 0 && name.SequenceEqual(idField), Within(idField, name));
            var score = ScoreOf(name, scoreFields);
            reader.Read();
            if (score is not null && reader.TokenType == JsonTokenType.Number && reader.GetDouble() is var number && double.IsFinite(number))
            {
                (fields.Scores ??= [])[score] = number;
            }

            if (isText || textWithin > 0)
            {
                TakeText(ref reader, json, isText, ref fields);
            }

            if (isId)
            {
                fields.Id = IdOf(ref reader);
            }

            if (textWithin + idWithin > 0 && reader.TokenType == JsonTokenType.StartObject)
            {
                ReadFields(ref reader, json, textWithin > 0 ? textField[textWithin..] : [], idWithin > 0 ? idField[idWithin..] : [], [], ref fields);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static string? ScoreOf(ReadOnlySpan<byte> name, ReadOnlySpan<(byte[] Name, string Field)> scoreFields)
    {
        foreach (var (known, field) in scoreFields)
        {
            if (name.SequenceEqual(known))
            {
                return field;
            }
        }

        return null;
    }

    /// <summary>Where a path goes on within the field of a name; 0 when it does not.</summary>
    private static int Within(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name)
    {
        return path.Length > name.Length + 1 && path.StartsWith(name) && path[name.Length] == (byte)'.' ? name.Length + 1 : 0;
    }

    /// <summary>Takes the value as the text, or, on the way to it, forgets one that an earlier field of the same name held.</summary>
    private static void TakeText(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json, bool isText, ref Fields fields)
    {
        fields.TextKind = isText ? KindOf(reader.TokenType) : null;
        fields.Replaced = 0;
        fields.Text = null;
        if (isText && reader.TokenType == JsonTokenType.String)
        {
            fields.Text = reader.ValueIsEscaped
                ? JsonText.Unescape(reader.ValueSpan, out fields.Replaced)
                : json.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
        }
    }

    private static string? IdOf(ref Utf8JsonReader reader)
    {
        return reader.TokenType switch
        {
            JsonTokenType.String => Encoding.UTF8.GetString(reader.ValueIsEscaped ? JsonText.Unescape(reader.ValueSpan, out _).Span : reader.ValueSpan),
            JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
            _ => null,
        };
    }

    private static string KindOf(JsonTokenType token)
    {
        return token switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "a list",
            JsonTokenType.String => "a text",
            JsonTokenType.Number => "a number",
            JsonTokenType.Null => "null",
            _ => "true or false",
        };
    }

    private struct Fields
    {
        public ReadOnlyMemory<byte>? Text;
        public string? TextKind;
        public string? Id;
        public Dictionary<string, double>? Scores;
        public int Replaced;
    }
}
