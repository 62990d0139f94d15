using System.Text;
using System.Text.Json;

namespace Granary.Pipelines.Corpus;

/// <summary>Reads a JSON object a line. Of a field that stands twice the last counts, as in most readers of JSON.</summary>
internal sealed class JsonLinesReader : IDocumentReader
{
    private const int MaxDepth = 64;

    private readonly JsonLinesSourceConfig _config;
    private readonly byte[] _textField;
    private readonly byte[]? _idField;

    public JsonLinesReader(JsonLinesSourceConfig config)
    {
        _config = config;
        _textField = Encoding.UTF8.GetBytes(config.TextField);
        _idField = config.IdField is null ? null : Encoding.UTF8.GetBytes(config.IdField);
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
            sink.Add(text.Span, number, offset, fields.Id, fields.Replaced);
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

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isText = NameEquals(ref reader, _textField);
            var isId = _idField is not null && NameEquals(ref reader, _idField);
            reader.Read();
            if (isText)
            {
                TakeText(ref reader, json, ref fields);
            }
            else if (isId)
            {
                fields.Id = IdOf(ref reader);
            }

            reader.Skip();
        }

        // Past the closing brace nothing may stand; the reader throws if something does.
        reader.Read();
        return fields;
    }

    private static bool NameEquals(ref Utf8JsonReader reader, byte[] name)
    {
        // The reader's own comparison throws on names with halves of surrogate pairs.
        return reader.ValueIsEscaped ? JsonText.Unescape(reader.ValueSpan, out _).Span.SequenceEqual(name) : reader.ValueSpan.SequenceEqual(name);
    }

    private static void TakeText(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json, ref Fields fields)
    {
        fields.TextKind = KindOf(reader.TokenType);
        fields.Replaced = 0;
        fields.Text = null;
        if (reader.TokenType == JsonTokenType.String)
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
        public int Replaced;
    }
}
