using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Granary.Core.Configuration;

/// <summary>
/// Reads the plain part of YAML into nodes that know their line: no tags, anchors, aliases, second documents or
/// repeated keys, and no more than <see cref="MaxDepth"/> levels.
/// </summary>
internal sealed class YamlTreeReader
{
    /// <summary>The deepest nesting that is read; what is deeper was not written by hand.</summary>
    public const int MaxDepth = 64;

    private readonly Parser _parser;
    private readonly ConfigurationErrors _errors;
    private readonly string? _fixedPlace;

    private YamlTreeReader(string yaml, ConfigurationErrors errors, string? fixedPlace)
    {
        _parser = new Parser(new StringReader(yaml));
        _errors = errors;
        _fixedPlace = fixedPlace;
    }

    /// <summary>
    /// Reads one document; faults go to <paramref name="errors"/>, and null comes back when the text is not YAML at
    /// all. <paramref name="fixedPlace"/> stands in for the line where text has no lines, as on a command line.
    /// </summary>
    public static ConfigNode? Read(string yaml, ConfigurationErrors errors, string? fixedPlace = null)
    {
        try
        {
            return new YamlTreeReader(yaml, errors, fixedPlace).ReadDocument();
        }
        catch (YamlException exception)
        {
            var place = fixedPlace ?? $"Line {exception.Start.Line}, column {exception.Start.Column}";
            errors.Add($"{place} is not valid YAML: {exception.Message.TrimEnd('.')}.");
            return null;
        }
        catch (InvalidOperationException)
        {
            // The parser's way to say that the text ends within a list or a mapping.
            errors.Add($"{fixedPlace ?? "The text"} is not valid YAML: a list, a mapping or a quotation that was begun has no end. Close it.");
            return null;
        }
    }

    private ConfigNode ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.Accept<DocumentStart>(out _))
        {
            return new ScalarNode(_fixedPlace ?? "line 1", string.Empty, IsQuoted: false);
        }

        _parser.Consume<DocumentStart>();
        var root = ReadNode("", depth: 0);
        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out var second))
        {
            _errors.Add($"A second document begins at {PlaceOf(second)}, but a file must be one document. Remove the '---' between them.");
        }

        return root;
    }

    private ConfigNode ReadNode(string path, int depth)
    {
        if (depth > MaxDepth)
        {
            var current = _parser.Current!;
            throw new YamlException(current.Start, current.End, $"nesting is deeper than {MaxDepth} levels");
        }

        var place = PlaceOf(Peek());
        RefuseTagOrAnchor(path);
        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            return new ScalarNode(place, scalar.Value, scalar.Style != ScalarStyle.Plain);
        }

        if (_parser.TryConsume<SequenceStart>(out _))
        {
            return ReadSequence(path, place, depth);
        }

        if (_parser.TryConsume<MappingStart>(out _))
        {
            return ReadMapping(path, place, depth);
        }

        _parser.MoveNext(); // an alias, which RefuseTagOrAnchor has reported
        return new ScalarNode(place, string.Empty, IsQuoted: false);
    }

    private SequenceNode ReadSequence(string path, string place, int depth)
    {
        var items = new List<ConfigNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(KeyName.Join(path, $"{items.Count}"), depth + 1));
        }

        return new SequenceNode(place, items);
    }

    private MappingNode ReadMapping(string path, string place, int depth)
    {
        var entries = new OrderedDictionary<string, MappingEntry>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadNode(path, depth + 1);
            var name = (key as ScalarNode)?.Text;
            var value = ReadNode(KeyName.Join(path, name ?? "?"), depth + 1);
            if (name is null)
            {
                _errors.Add($"The key at {key.Place} is a list or a section, but a key must be a word.");
            }
            else if (!entries.TryAdd(name, new MappingEntry(key.Place, value)))
            {
                _errors.Add($"'{KeyName.Join(path, name)}' stands twice, at {entries[name].Place} and {key.Place}. Keep one.");
            }
        }

        return new MappingNode(place, entries);
    }

    private void RefuseTagOrAnchor(string path)
    {
        var subject = path.Length == 0 ? "The file" : $"'{path}'";
        switch (_parser.Current)
        {
            case AnchorAlias alias:
                _errors.Add($"{subject} uses the alias '*{alias.Value}' ({PlaceOf(alias)}), but aliases are not allowed. Write the value out.");
                break;
            case NodeEvent { Anchor.IsEmpty: false } node:
                _errors.Add($"{subject} carries the anchor '&{node.Anchor}' ({PlaceOf(node)}), but anchors are not allowed. Remove it.");
                break;
            case NodeEvent { Tag.IsEmpty: false } node:
                _errors.Add($"{subject} carries the tag '{node.Tag}' ({PlaceOf(node)}), but tags are not allowed. Remove it.");
                break;
        }
    }

    private ParsingEvent Peek()
    {
        _parser.Accept<ParsingEvent>(out var next);
        return next!;
    }

    private string PlaceOf(ParsingEvent parsed)
    {
        return _fixedPlace ?? $"line {parsed.Start.Line}";
    }
}
