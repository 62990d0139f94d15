namespace Granary.Core.Configuration;

/// <summary>A value of a configuration file before it has a type.</summary>
/// <param name="Place">Where it stands, for messages: "line 12" or "--set".</param>
internal abstract record ConfigNode(string Place);

/// <summary>A single word or number; a quoted one is always text.</summary>
internal sealed record ScalarNode(string Place, string Text, bool IsQuoted) : ConfigNode(Place)
{
    /// <summary>Whether the file says that there is no value.</summary>
    public bool IsNull => !IsQuoted && Text is "" or "~" or "null" or "Null" or "NULL";
}

/// <summary>A list.</summary>
internal sealed record SequenceNode(string Place, List<ConfigNode> Items) : ConfigNode(Place);

/// <summary>Keys with values, in the order of the file.</summary>
internal sealed record MappingNode(string Place, OrderedDictionary<string, MappingEntry> Entries) : ConfigNode(Place);

/// <summary>A key's value, and where the key stands.</summary>
internal readonly record struct MappingEntry(string Place, ConfigNode Value);
