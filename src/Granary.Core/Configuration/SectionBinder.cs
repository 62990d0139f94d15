using System.Collections;
using System.Reflection;

namespace Granary.Core.Configuration;

/// <summary>Fills records from nodes, collects every fault, and remembers where each key stands.</summary>
internal sealed class SectionBinder
{
    private readonly ConfigurationErrors _errors;
    private readonly Dictionary<string, string> _places;

    public SectionBinder(ConfigurationErrors errors, Dictionary<string, string> places)
    {
        _errors = errors;
        _places = places;
    }

    /// <summary>
    /// The record of a section; null after a fault in it. What the file does not say comes from
    /// <paramref name="original"/>, the value the owner would have had, and else from the record's own defaults.
    /// </summary>
    public object? BindSection(Type declared, ConfigNode node, string path, object? original)
    {
        if (node is ScalarNode { IsNull: true })
        {
            node = new MappingNode(node.Place, []); // a heading whose keys are all commented out
        }

        if (node is not MappingNode mapping)
        {
            AddMismatch(node, path, "a section of keys and values");
            return null;
        }

        var faults = _errors.Errors.Count;
        if (ChooseVariant(declared, mapping, path, original) is not { } type)
        {
            return null;
        }

        original = original?.GetType() == type ? original : null;
        var record = SectionShape.Of(type).Create(original);
        BindKeys(record, type == declared ? null : declared, mapping, path);
        RequireKeys(record, mapping, path, original);
        return _errors.Errors.Count == faults ? record : null;
    }

    private Type? ChooseVariant(Type declared, MappingNode mapping, string path, object? original)
    {
        var variants = ConfigVariants.Of(declared);
        if (variants.Count == 0)
        {
            return declared;
        }

        var key = KeyName.Join(path, SectionShape.VariantKey);
        if (!mapping.Entries.TryGetValue(SectionShape.VariantKey, out var entry))
        {
            if (original is null)
            {
                _errors.Add($"'{key}' is missing{Below(mapping)}. It must be {ConfigScalar.OneOf(variants.Keys)}.");
            }

            return original?.GetType();
        }

        _places[key] = entry.Place;
        if (entry.Value is ScalarNode { IsNull: false } word)
        {
            if (variants.TryGetValue(word.Text, out var variant))
            {
                return variant;
            }

            _errors.Add($"'{key}' is '{word.Text}' ({word.Place}) but must be {ConfigScalar.OneOf(variants.Keys)}.{Suggestion(word.Text, variants.Keys)}");
            return null;
        }

        AddMismatch(entry.Value, key, ConfigScalar.OneOf(variants.Keys));
        return null;
    }

    private void BindKeys(object record, Type? variantOf, MappingNode mapping, string path)
    {
        var shape = SectionShape.Of(record.GetType());
        foreach (var (name, entry) in mapping.Entries)
        {
            var keyPath = KeyName.Join(path, name);
            _places[keyPath] = entry.Place;
            if (shape.Keys.TryGetValue(name, out var key))
            {
                if (TryBind(key.Type, entry.Value, keyPath, key.Property.GetValue(record), out var value))
                {
                    key.Property.SetValue(record, value);
                }
            }
            else if (variantOf is null || name != SectionShape.VariantKey)
            {
                var owner = path.Length == 0 ? "a key of the file" : $"a key of '{path}'";
                string[] known = variantOf is null ? [.. shape.Keys.Keys] : [SectionShape.VariantKey, .. shape.Keys.Keys];
                _errors.Add($"'{keyPath}' ({entry.Place}) is not {owner}. {NearestWord.Advice(name, known)}");
            }
        }
    }

    private void RequireKeys(object record, MappingNode mapping, string path, object? original)
    {
        foreach (var (name, key) in SectionShape.Of(record.GetType()).Keys)
        {
            if (key.IsRequired && original is null && !mapping.Entries.ContainsKey(name))
            {
                _errors.Add($"'{KeyName.Join(path, name)}' is missing{Below(mapping)} and has no default. Set it.");
            }
        }
    }

    private bool TryBind(NullabilityInfo info, ConfigNode node, string path, object? original, out object? value)
    {
        value = null;
        if (node is ScalarNode { IsNull: true } && ConfigType.AllowsNull(info))
        {
            return true;
        }

        var type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        value = true switch
        {
            _ when ConfigType.IsSection(type) => BindSection(type, node, path, original),
            _ when ConfigType.ItemOf(info) is { } item => BindList(type, item, node, path),
            _ when ConfigType.ValueOf(info) is { } valueType => BindDictionary(valueType, node, path),
            _ when ConfigScalar.Holds(type) => BindScalar(type, node, path),
            _ => throw new InvalidOperationException($"'{path}' is a {type.Name}, which no configuration file can hold."),
        };
        return value is not null;
    }

    private object? BindScalar(Type type, ConfigNode node, string path)
    {
        if (node is ScalarNode { IsNull: false } scalar && ConfigScalar.Read(scalar, type) is { } value)
        {
            return value;
        }

        AddMismatch(node, path, ConfigScalar.Expected(type));
        return null;
    }

    private IList? BindList(Type listType, NullabilityInfo item, ConfigNode node, string path)
    {
        if (node is not SequenceNode sequence)
        {
            var isItemOverride = node is MappingNode { Place: OverrideReader.Place };
            AddMismatch(node, path, isItemOverride ? $"a list, and the file has none there to change. Set it whole, as in --set {path}=[...]" : "a list");
            return null;
        }

        var items = Array.CreateInstance(item.Type, sequence.Items.Count);
        var isWhole = true;
        for (var i = 0; i < items.Length; i++)
        {
            var itemPath = $"{path}.{i}";
            _places[itemPath] = sequence.Items[i].Place;
            isWhole &= TryBind(item, sequence.Items[i], itemPath, null, out var value);
            items.SetValue(value, i);
        }

        var isGrowable = listType.IsGenericType && listType.GetGenericTypeDefinition() != typeof(IReadOnlyList<>);
        var list = isGrowable ? (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(item.Type), items)! : items;
        return isWhole ? list : null;
    }

    private IDictionary? BindDictionary(NullabilityInfo valueType, ConfigNode node, string path)
    {
        if (node is not MappingNode mapping)
        {
            AddMismatch(node, path, "a section of names and values");
            return null;
        }

        var dictionary = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), valueType.Type))!;
        var isWhole = true;
        foreach (var (name, entry) in mapping.Entries)
        {
            var keyPath = KeyName.Join(path, name);
            _places[keyPath] = entry.Place;
            if (TryBind(valueType, entry.Value, keyPath, null, out var value))
            {
                dictionary[name] = value;
            }
            else
            {
                isWhole = false;
            }
        }

        return isWhole ? dictionary : null;
    }

    private void AddMismatch(ConfigNode node, string path, string expected)
    {
        var subject = path.Length == 0 ? "The file" : $"'{path}'";
        var sentence = node switch
        {
            ScalarNode { IsNull: true } => $"{subject} has no value ({node.Place}) but must be {expected}.",
            ScalarNode { IsQuoted: true } scalar => $"{subject} is the quoted text '{scalar.Text}' ({node.Place}) but must be {expected}.",
            ScalarNode scalar => $"{subject} is '{scalar.Text}' ({node.Place}) but must be {expected}.",
            SequenceNode => $"{subject} is a list ({node.Place}) but must be {expected}.",
            _ => $"{subject} is a section ({node.Place}) but must be {expected}.",
        };
        _errors.Add(sentence);
    }

    private static string Below(MappingNode mapping)
    {
        return mapping.Entries.Count == 0 ? string.Empty : $" in the section at {mapping.Place}";
    }

    private static string Suggestion(string word, IEnumerable<string> known)
    {
        return NearestWord.To(word, known) is { } nearest ? $" Did you mean '{nearest}'?" : string.Empty;
    }
}
