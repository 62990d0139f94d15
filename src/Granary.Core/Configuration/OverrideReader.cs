using System.Globalization;

namespace Granary.Core.Configuration;

/// <summary>Lays <c>--set path.to.key=value</c> over a file's nodes, before they are typed and checked.</summary>
internal sealed class OverrideReader
{
    /// <summary>Where a value from the command line stands, for messages.</summary>
    public const string Place = "--set";

    private readonly ConfigurationErrors _errors;

    public OverrideReader(ConfigurationErrors errors)
    {
        _errors = errors;
    }

    /// <summary>Sets each path in turn; a later one wins. Items of lists are addressed by their index from 0.</summary>
    public ConfigNode Apply(ConfigNode root, IReadOnlyList<string> overrides)
    {
        foreach (var text in overrides)
        {
            var equals = text.IndexOf('=');
            var keys = equals <= 0 ? [] : text[..equals].Trim().Split('.');
            if (keys.Length == 0 || keys.Any(string.IsNullOrWhiteSpace))
            {
                _errors.Add($"'--set {text}' must have the form path.to.key=value.");
            }
            else if (ReadValue(text[..equals], text[(equals + 1)..]) is { } value)
            {
                root = Replace(root, keys, 0, value);
            }
        }

        return root;
    }

    private ConfigNode? ReadValue(string path, string yaml)
    {
        var isBlock = yaml.Contains('\n');
        var node = isBlock ? null : YamlTreeReader.Read(yaml, _errors, $"'--set {path}={yaml}'");
        if (isBlock || (node is MappingNode && !yaml.TrimStart().StartsWith('{')) || (node is SequenceNode && !yaml.TrimStart().StartsWith('[')))
        {
            _errors.Add($"'--set {path}={yaml}' must give one word, \"quoted text\", a [list] or {{key: value}} on one line.");
            return null;
        }

        return node is null ? null : Placed(node);
    }

    private static ConfigNode Placed(ConfigNode node)
    {
        return node switch
        {
            MappingNode mapping => new MappingNode(Place, new OrderedDictionary<string, MappingEntry>(
                mapping.Entries.Select(pair => KeyValuePair.Create(pair.Key, new MappingEntry(Place, Placed(pair.Value.Value)))), StringComparer.Ordinal)),
            SequenceNode sequence => new SequenceNode(Place, [.. sequence.Items.Select(Placed)]),
            _ => node with { Place = Place },
        };
    }

    private ConfigNode Replace(ConfigNode? node, string[] keys, int depth, ConfigNode value)
    {
        if (depth == keys.Length)
        {
            return value;
        }

        if (node is SequenceNode sequence)
        {
            return ReplaceItem(sequence, keys, depth, value);
        }

        // A scalar in the way gives place to a section, so that a wrong path is the same fault as in a file.
        var mapping = node as MappingNode ?? new MappingNode(Place, new OrderedDictionary<string, MappingEntry>(StringComparer.Ordinal));
        var child = mapping.Entries.TryGetValue(keys[depth], out var entry) ? entry.Value : null;
        var place = depth == keys.Length - 1 || child is null ? Place : entry.Place;
        mapping.Entries[keys[depth]] = new MappingEntry(place, Replace(child, keys, depth + 1, value));
        return mapping;
    }

    private SequenceNode ReplaceItem(SequenceNode sequence, string[] keys, int depth, ConfigNode value)
    {
        if (int.TryParse(keys[depth], NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < sequence.Items.Count)
        {
            sequence.Items[index] = Replace(sequence.Items[index], keys, depth + 1, value);
        }
        else
        {
            var list = string.Join('.', keys[..depth]);
            _errors.Add($"'--set {string.Join('.', keys)}' names item '{keys[depth]}' of '{list}', which has {sequence.Items.Count} items, counted from 0.");
        }

        return sequence;
    }
}
