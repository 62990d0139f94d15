using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace Granary.Core.Configuration;

/// <summary>Writes a record as YAML with every key, so that no default is left to a later version.</summary>
internal sealed class ConfigurationWriter
{
    private readonly StringBuilder _text = new();

    /// <summary>The text of a section and everything below it. A section of the file that is absent stays so.</summary>
    public static string Write(IConfigSection config, Type declared)
    {
        var writer = new ConfigurationWriter();

        // A file that was written before there was such a section thus has the same text as one written without it.
        var lines = LinesOf(config, declared).Where(line => line.Value is not null || line.Type is null || !ConfigType.IsSection(line.Type.Type)).ToList();
        foreach (var (key, type, value) in lines)
        {
            writer.WriteEntry(key, type, value, indent: 0);
        }

        return lines.Count == 0 ? "{}\n" : writer._text.ToString();
    }

    private static IEnumerable<(string Key, NullabilityInfo? Type, object? Value)> LinesOf(object section, Type declared)
    {
        var variants = ConfigVariants.Of(declared);
        if (variants.Count > 0)
        {
            yield return (SectionShape.VariantKey, null, variants.Single(pair => pair.Value == section.GetType()).Key);
        }

        foreach (var (name, key) in SectionShape.Of(section.GetType()).Keys)
        {
            yield return (name, key.Type, key.Property.GetValue(section));
        }
    }

    private static IEnumerable<(string Key, NullabilityInfo? Type, object? Value)> LinesOf(IEnumerable dictionary, NullabilityInfo valueType)
    {
        foreach (var pair in dictionary)
        {
            var type = pair.GetType();
            yield return ((string)type.GetProperty("Key")!.GetValue(pair)!, valueType, type.GetProperty("Value")!.GetValue(pair));
        }
    }

    private void WriteEntry(string key, NullabilityInfo? type, object? value, int indent)
    {
        _text.Append(' ', indent).Append(Quoted(key)).Append(':');
        WriteValue(type, value, indent, isItem: false);
    }

    private void WriteValue(NullabilityInfo? type, object? value, int indent, bool isItem)
    {
        if (value is null || type is null || ConfigScalar.Holds(value.GetType()))
        {
            _text.Append(' ').Append(ScalarText(value)).Append('\n');
        }
        else if (value is IConfigSection)
        {
            WriteBlock(LinesOf(value, type.Type), indent, isItem);
        }
        else if (ConfigType.ValueOf(type) is { } valueType)
        {
            WriteBlock(LinesOf((IEnumerable)value, valueType), indent, isItem);
        }
        else if (ConfigType.ItemOf(type) is { } item)
        {
            WriteList((IEnumerable)value, item, indent);
        }
        else
        {
            throw new InvalidOperationException($"A {value.GetType().Name} cannot be written to a configuration file.");
        }
    }

    private void WriteBlock(IEnumerable<(string Key, NullabilityInfo? Type, object? Value)> lines, int indent, bool isItem)
    {
        var isFirst = true;
        foreach (var (key, type, value) in lines)
        {
            // The first key of a list's item stands behind the dash.
            _text.Append(isFirst ? (isItem ? " " : "\n") : string.Empty);
            WriteEntryAt(key, type, value, indent + 2, isInline: isFirst && isItem);
            isFirst = false;
        }

        _text.Append(isFirst ? " {}\n" : string.Empty);
    }

    private void WriteEntryAt(string key, NullabilityInfo? type, object? value, int indent, bool isInline)
    {
        if (isInline)
        {
            _text.Append(Quoted(key)).Append(':');
            WriteValue(type, value, indent, isItem: false);
        }
        else
        {
            WriteEntry(key, type, value, indent);
        }
    }

    private void WriteList(IEnumerable items, NullabilityInfo itemType, int indent)
    {
        var values = items.Cast<object?>().ToList();
        if (values.All(value => value is null || ConfigScalar.Holds(value.GetType())))
        {
            _text.Append(" [").AppendJoin(", ", values.Select(ScalarText)).Append("]\n");
            return;
        }

        _text.Append('\n');
        foreach (var value in values)
        {
            _text.Append(' ', indent + 2).Append('-');
            WriteValue(itemType, value, indent + 2, isItem: true);
        }
    }

    private static string ScalarText(object? value)
    {
        return value switch
        {
            null => "null",
            string text => Quoted(text),
            _ => ConfigScalar.Write(value),
        };
    }

    private static string Quoted(string text)
    {
        // A word that YAML readers could take for something else stands in quotes.
        var isPlain = text.Length > 0 && (char.IsAsciiLetter(text[0]) || text[0] is '/' or '_')
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/')
            && text.ToLowerInvariant() is not ("null" or "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n");
        if (isPlain)
        {
            return text;
        }

        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                < ' ' or (>= '\x7f' and <= '\xa0') or '\u2028' or '\u2029' or '\uFEFF' or '\uFFFE' or '\uFFFF' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }
}
