using System.Text.Encodings.Web;
using System.Text.Json;

namespace Granary.Pipelines.Corpus;

/// <summary>Files of held-out documents: {"id":...,"source":...,"text":...} a line.</summary>
public static class HeldOutLines
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a document's line.</summary>
    /// <param name="stream">Where it goes.</param>
    /// <param name="id">The hash of its content.</param>
    /// <param name="source">The name of its source.</param>
    /// <param name="text">Its text in UTF-8.</param>
    public static void Write(Stream stream, string id, string source, ReadOnlySpan<byte> text)
    {
        using (var json = new Utf8JsonWriter(stream, Readable))
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteString("source", source);
            json.WriteString("text", text);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
    }
}
