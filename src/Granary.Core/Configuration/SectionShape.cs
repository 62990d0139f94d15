using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Granary.Core.Configuration;

/// <summary>The keys of a section's record, in the order of its declaration, the base record's first.</summary>
internal sealed class SectionShape
{
    /// <summary>The key that chooses a variant.</summary>
    public const string VariantKey = "type";

    private static readonly ConcurrentDictionary<Type, SectionShape> Known = new();

    private static readonly MethodInfo CloneOf = typeof(object).GetMethod(nameof(MemberwiseClone), BindingFlags.Instance | BindingFlags.NonPublic)!;

    private readonly Type _type;

    private SectionShape(Type type)
    {
        _type = type;
        var nullability = new NullabilityInfoContext();
        Keys = new OrderedDictionary<string, SectionKey>(StringComparer.Ordinal);
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0)
            .OrderBy(property => DepthOf(property.DeclaringType!))
            .ThenBy(property => property.MetadataToken);
        foreach (var property in properties)
        {
            var isRequired = property.IsDefined(typeof(RequiredMemberAttribute));
            Keys[KeyName.FromPascal(property.Name)] = new SectionKey(property, isRequired, nullability.Create(property));
        }
    }

    /// <summary>The keys by their names in a file.</summary>
    public OrderedDictionary<string, SectionKey> Keys { get; }

    /// <summary>The shape of a record that is not abstract.</summary>
    public static SectionShape Of(Type type)
    {
        return Known.GetOrAdd(type, static type => new SectionShape(type));
    }

    /// <summary>A new record with the values of <paramref name="original"/>, or with its own defaults when that is null.</summary>
    public object Create(object? original)
    {
        if (_type.IsAbstract || _type.GetConstructor(Type.EmptyTypes) is null)
        {
            throw new InvalidOperationException($"{_type.Name} is read from a configuration file, so it must have a constructor without parameters, or [ConfigVariant] attributes when it is abstract.");
        }

        // A copy field by field: a key that nothing was said of stays unsaid, and may follow a preset.
        return original is null ? Activator.CreateInstance(_type)! : CloneOf.Invoke(original, null)!;
    }

    private static int DepthOf(Type type)
    {
        return type.BaseType is { } parent ? 1 + DepthOf(parent) : 0;
    }
}

/// <summary>A key of a section.</summary>
/// <param name="Property">Where its value goes.</param>
/// <param name="IsRequired">Whether it has no default.</param>
/// <param name="Type">Its type, and whether it may be null.</param>
internal sealed record SectionKey(PropertyInfo Property, bool IsRequired, NullabilityInfo Type);
