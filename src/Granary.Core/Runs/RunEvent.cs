using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Granary.Core.Runs;

/// <summary>
/// One line of a run's events: {"time":...,"kind":"step","step":12,"loss":2.31}. Numbers keep every bit; the three that
/// JSON has no form for are the texts "NaN", "Infinity" and "-Infinity".
/// </summary>
public sealed record RunEvent
{
    // Readable text, not HTML: quotes and non-ASCII letters stay as they are where JSON allows it.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What is reported: "step", "evaluation", "checkpoint", "stage".</summary>
    public required string Kind { get; init; }

    /// <summary>The optimizer step it belongs to; null for what belongs to none.</summary>
    public long? Step { get; init; }

    /// <summary>When it was written; null before that.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Numbers by their names: "loss", "learning_rate", "tokens_per_second".</summary>
    public IReadOnlyDictionary<string, double> Numbers { get; init; } = new Dictionary<string, double>();

    /// <summary>Texts by their names: "path", "reason".</summary>
    public IReadOnlyDictionary<string, string> Texts { get; init; } = new Dictionary<string, string>();

    /// <summary>The event as one JSON object without a line break.</summary>
    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            if (Time is { } time)
            {
                json.WriteString("time", time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            }

            json.WriteString("kind", Kind);
            if (Step is { } step)
            {
                json.WriteNumber("step", step);
            }

            foreach (var (name, number) in Numbers)
            {
                WriteNumber(json, name, number);
            }

            foreach (var (name, text) in Texts)
            {
                json.WriteString(name, text);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a line; null when it is not an event, as a line torn by a power cut is not.</summary>
    public static RunEvent? TryParse(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("kind", out var kind) && kind.ValueKind == JsonValueKind.String
                ? FromJson(root, kind.GetString()!)
                : null;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The event as its line.</summary>
    public override string ToString()
    {
        return Encoding.UTF8.GetString(ToJson());
    }

    private static RunEvent FromJson(JsonElement root, string kind)
    {
        var numbers = new Dictionary<string, double>(StringComparer.Ordinal);
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        long? step = null;
        DateTimeOffset? time = null;
        foreach (var property in root.EnumerateObject())
        {
            switch (property.Name)
            {
                case "kind":
                    break;
                case "step":
                    step = property.Value.GetInt64();
                    break;
                case "time":
                    time = property.Value.GetDateTimeOffset();
                    break;
                default:
                    if (NumberOf(property.Value) is { } number)
                    {
                        numbers[property.Name] = number;
                    }
                    else
                    {
                        texts[property.Name] = property.Value.ToString();
                    }

                    break;
            }
        }

        return new RunEvent { Kind = kind, Step = step, Time = time, Numbers = numbers, Texts = texts };
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double number)
    {
        if (double.IsFinite(number))
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteString(name, number.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static double? NumberOf(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number)
        {
            return value.GetDouble();
        }

        return value.ValueKind != JsonValueKind.String ? null : value.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => null,
        };
    }
}
