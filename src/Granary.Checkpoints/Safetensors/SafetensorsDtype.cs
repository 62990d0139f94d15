using System.Collections.Frozen;

namespace Granary.Checkpoints.Safetensors;

/// <summary>The element types of the format that Granary reads and writes, by the format's own words.</summary>
public static class SafetensorsDtype
{
    private static readonly FrozenDictionary<string, int> Sizes = new Dictionary<string, int>
    {
        ["F64"] = 8,
        ["F32"] = 4,
        ["F16"] = 2,
        ["BF16"] = 2,
        ["I64"] = 8,
        ["I32"] = 4,
        ["I16"] = 2,
        ["I8"] = 1,
        ["U8"] = 1,
        ["BOOL"] = 1,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>All words, separated by commas, for messages.</summary>
    internal static string Known { get; } = string.Join(", ", Sizes.Keys.Order(StringComparer.Ordinal));

    /// <summary>The bytes of one element; false when the word is not known.</summary>
    public static bool TryGetSize(string dtype, out int bytes)
    {
        return Sizes.TryGetValue(dtype, out bytes);
    }
}
