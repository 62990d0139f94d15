using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Granary.Cluster.Submission.Kubernetes;

/// <summary>Writes JSON values as YAML, one document each.</summary>
internal static class YamlText
{
    private static readonly string[] Reserved = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];

    /// <summary>The text of several documents.</summary>
    public static string Write(IEnumerable<JsonObject> documents)
    {
        var text = new StringBuilder();
        foreach (var document in documents)
        {
            text.Append("---\n");
            WriteObject(text, document, indent: 0);
        }

        return text.ToString();
    }

    private static void WriteObject(StringBuilder text, JsonObject value, int indent)
    {
        foreach (var (key, item) in value)
        {
            text.Append(' ', indent).Append(Scalar(key)).Append(':');
            WriteValue(text, item, indent);
        }
    }

    private static void WriteValue(StringBuilder text, JsonNode? value, int indent)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } inner:
                text.Append('\n');
                WriteObject(text, inner, indent + 2);
                break;
            case JsonArray { Count: > 0 } items:
                text.Append('\n');
                WriteItems(text, items, indent);
                break;
            case JsonObject:
                text.Append(" {}\n");
                break;
            case JsonArray:
                text.Append(" []\n");
                break;
            case JsonValue block when block.TryGetValue<string>(out var lines) && MayBeBlock(lines):
                WriteBlock(text, lines, indent + 2);
                break;
            default:
                text.Append(' ').Append(Scalar(value)).Append('\n');
                break;
        }
    }

    private static void WriteItems(StringBuilder text, JsonArray items, int indent)
    {
        foreach (var item in items)
        {
            text.Append(' ', indent + 2).Append('-');
            if (item is JsonObject { Count: > 0 } inner)
            {
                // The first key stands behind the dash, the others below it.
                var lines = new StringBuilder();
                WriteObject(lines, inner, indent + 4);
                text.Append(' ').Append(lines, indent + 4, lines.Length - indent - 4);
            }
            else
            {
                WriteValue(text, item, indent + 2);
            }
        }
    }

    // Text of whole lines that begin at the margin and hold nothing that does not print stays as it is.
    private static bool MayBeBlock(string text)
    {
        return text.EndsWith('\n') && !text.EndsWith("\n\n", StringComparison.Ordinal) && text[0] is not (' ' or '\n' or '\t')
            && text.All(letter => letter == '\n' || IsPrintable(letter));
    }

    private static void WriteBlock(StringBuilder text, string lines, int indent)
    {
        text.Append(" |\n");
        foreach (var line in lines.TrimEnd('\n').Split('\n'))
        {
            text.Append(' ', line.Length > 0 ? indent : 0).Append(line).Append('\n');
        }
    }

    private static string Scalar(JsonNode? value)
    {
        return value?.GetValueKind() switch
        {
            null => "null",
            JsonValueKind.String => Scalar(value.GetValue<string>()),
            _ => value.ToJsonString(),
        };
    }

    private static string Scalar(string text)
    {
        var isPlain = text.Length > 0 && (char.IsAsciiLetter(text[0]) || text[0] == '/')
            && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.' or '/')
            && !Reserved.Contains(text.ToLowerInvariant());
        if (isPlain)
        {
            return text;
        }

        var quoted = new StringBuilder("\"");
        foreach (var letter in text)
        {
            _ = letter switch
            {
                '"' or '\\' => quoted.Append('\\').Append(letter),
                '\n' => quoted.Append("\\n"),
                _ when IsPrintable(letter) => quoted.Append(letter),
                _ => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"),
            };
        }

        return quoted.Append('"').ToString();
    }

    private static bool IsPrintable(char letter)
    {
        return letter is >= ' ' and < '\x7f' || (letter > '\xa0' && letter is not ('\u2028' or '\u2029' or '\uFEFF' or '\uFFFE' or '\uFFFF'));
    }
}
