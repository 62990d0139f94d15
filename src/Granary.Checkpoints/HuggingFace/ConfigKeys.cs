using System.Globalization;
using System.Text.Json;
using Granary.Core.Configuration;

namespace Granary.Checkpoints.HuggingFace;

/// <summary>
/// The keys of a config.json. Collects every fault, and notes which keys were asked for, so that the others can be
/// reported.
/// </summary>
internal sealed class ConfigKeys
{
    private readonly JsonElement _root;
    private readonly List<string> _faults = [];
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    public ConfigKeys(JsonElement root)
    {
        _root = root;
    }

    /// <summary>What makes the model unusable, each a full sentence.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>A sentence for each key that says something and was not asked for.</summary>
    public IReadOnlyList<string> Warnings()
    {
        return [.. _root.EnumerateObject().Where(key => !_used.Contains(key.Name) && !IsNeutral(key.Value)).Select(key => $"'{key.Name}' is '{Shown(key.Value)}', which Granary does not use.")];
    }

    /// <summary>A number of things, 1 or more; without a fallback the key must be there.</summary>
    public int Count(string key, int? fallback = null)
    {
        var value = Find(key);
        if (value is null && fallback is { } known)
        {
            return known;
        }

        if (value is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var count) && count > 0)
        {
            return count;
        }

        Refuse(key, value, "a whole number of 1 or more");
        return 1;
    }

    /// <summary>A real number above 0.</summary>
    public double Positive(string key, double fallback)
    {
        var value = Find(key);
        if (value is null)
        {
            return fallback;
        }

        if (value is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out var real) && real > 0 && double.IsFinite(real))
        {
            return real;
        }

        Refuse(key, value, "a number above 0");
        return fallback;
    }

    /// <summary>True or false.</summary>
    public bool Flag(string key, bool fallback)
    {
        var value = Find(key);
        switch (value?.ValueKind)
        {
            case null:
                return fallback;
            case JsonValueKind.True or JsonValueKind.False:
                return value.Value.GetBoolean();
            default:
                Refuse(key, value, "true or false");
                return fallback;
        }
    }

    /// <summary>One of the words known; the first stands where the key is absent.</summary>
    public string Word(string key, params ReadOnlySpan<string> known)
    {
        var value = Find(key);
        if (value is null)
        {
            return known[0];
        }

        if (value is { ValueKind: JsonValueKind.String } text && known.Contains(text.GetString()!))
        {
            return text.GetString()!;
        }

        Refuse(key, value, string.Join(" or ", known.ToArray().Select(word => $"'{word}'")));
        return known[0];
    }

    /// <summary>A token id, or null.</summary>
    public int? Id(string key)
    {
        return Ids(key) is [var first, ..] ? first : null;
    }

    /// <summary>Token ids: a number, a list of numbers, or none.</summary>
    public IReadOnlyList<int> Ids(string key)
    {
        var value = Find(key);
        var items = value switch
        {
            null => [],
            { ValueKind: JsonValueKind.Array } list => list.EnumerateArray().ToList(),
            { } single => [single],
        };
        var ids = new List<int>();
        foreach (var item in items)
        {
            if (item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id) && id >= 0)
            {
                ids.Add(id);
            }
            else
            {
                Refuse(key, value, "a token id, a list of them, or null");
                return [];
            }
        }

        return ids;
    }

    /// <summary>An object below a key, or null where there is none.</summary>
    public JsonElement? Section(string key)
    {
        var value = Find(key);
        if (value is null or { ValueKind: JsonValueKind.Object })
        {
            return value;
        }

        Refuse(key, value, "an object or null");
        return null;
    }

    /// <summary>An option that only does nothing when it is absent, null or one value.</summary>
    public void Neutral(string key, string allowed = "null")
    {
        var value = Find(key);
        if (value is { } set && set.GetRawText() != allowed && !IsNumber(set, allowed))
        {
            Refuse(key, value, allowed == "null" ? "absent or null" : $"{allowed} or absent");
        }
    }

    /// <summary>Keys that change nothing about the weights or the numbers.</summary>
    public void Ignore(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            _used.Add(key);
        }
    }

    /// <summary>Takes over the faults that a configuration finds in itself.</summary>
    public void Check(IConfigSection config)
    {
        if (_faults.Count == 0)
        {
            var errors = new ConfigurationErrors();
            config.Validate(string.Empty, errors);
            _faults.AddRange(errors.Errors);
        }
    }

    /// <summary>Adds a fault: the key, its value and what is supported.</summary>
    public void Refuse(string key, JsonElement? value, string allowed)
    {
        _faults.Add(value is { } found ? $"'{key}' is '{Shown(found)}' but must be {allowed}." : $"'{key}' is missing but must be {allowed}.");
    }

    private static bool IsNeutral(JsonElement value)
    {
        return value.ValueKind is JsonValueKind.Null or JsonValueKind.False || (value.ValueKind == JsonValueKind.Number && value.GetDouble() == 0);
    }

    private static bool IsNumber(JsonElement value, string allowed)
    {
        return value.ValueKind == JsonValueKind.Number && double.TryParse(allowed, CultureInfo.InvariantCulture, out var number) && value.GetDouble() == number;
    }

    private static string Shown(JsonElement value)
    {
        const int Longest = 80;
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText().ReplaceLineEndings(" ");
        return text.Length > Longest ? text[..Longest] + "..." : text;
    }

    private JsonElement? Find(string key)
    {
        _used.Add(key);
        return _root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }
}
