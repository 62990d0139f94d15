using System.Reflection;

namespace Granary.Core.Configuration;

/// <summary>Sorts the types a record may hold: sections, lists, dictionaries and scalars.</summary>
internal static class ConfigType
{
    /// <summary>Whether the type is a section.</summary>
    public static bool IsSection(Type type)
    {
        return typeof(IConfigSection).IsAssignableFrom(type);
    }

    /// <summary>The item type of a list or array; null for other types.</summary>
    public static NullabilityInfo? ItemOf(NullabilityInfo type)
    {
        if (type.Type.IsArray)
        {
            return type.ElementType;
        }

        var isList = type.Type.IsGenericType && type.Type.GetGenericTypeDefinition() is var generic
            && (generic == typeof(IReadOnlyList<>) || generic == typeof(List<>) || generic == typeof(IList<>));
        return isList ? type.GenericTypeArguments[0] : null;
    }

    /// <summary>The value type of a dictionary with string keys; null for other types.</summary>
    public static NullabilityInfo? ValueOf(NullabilityInfo type)
    {
        var isDictionary = type.Type.IsGenericType && type.Type.GetGenericTypeDefinition() is var generic
            && (generic == typeof(IReadOnlyDictionary<,>) || generic == typeof(Dictionary<,>) || generic == typeof(IDictionary<,>))
            && type.Type.GenericTypeArguments[0] == typeof(string);
        return isDictionary ? type.GenericTypeArguments[1] : null;
    }

    /// <summary>Whether null may be written for the value.</summary>
    public static bool AllowsNull(NullabilityInfo type)
    {
        return type.WriteState == NullabilityState.Nullable || type.ReadState == NullabilityState.Nullable;
    }
}
