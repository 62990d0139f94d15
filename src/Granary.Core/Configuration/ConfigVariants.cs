using System.Collections.Concurrent;
using System.Reflection;

namespace Granary.Core.Configuration;

/// <summary>The variants of each abstract section: those its attributes name, and those of assemblies it does not know.</summary>
public static class ConfigVariants
{
    private static readonly ConcurrentDictionary<(Type Section, string Name), Type> Registered = new();

    /// <summary>Adds a variant that lives in an assembly above its section's; registering it again changes nothing.</summary>
    /// <exception cref="InvalidOperationException">Another record has the name.</exception>
    public static void Register<TSection, TVariant>(string name)
        where TSection : class, IConfigSection
        where TVariant : TSection
    {
        var present = Of(typeof(TSection)).GetValueOrDefault(name) ?? Registered.GetOrAdd((typeof(TSection), name), typeof(TVariant));
        if (present != typeof(TVariant))
        {
            throw new InvalidOperationException($"'{name}' already names {present.Name} among the variants of {typeof(TSection).Name}. Choose another name.");
        }
    }

    /// <summary>What <c>type:</c> says of a record whose section is its base.</summary>
    public static string NameOf(IConfigSection section)
    {
        return Of(section.GetType().BaseType!).Single(variant => variant.Value == section.GetType()).Key;
    }

    /// <summary>The variants of a section by their names; empty when the section has none.</summary>
    public static IReadOnlyDictionary<string, Type> Of(Type section)
    {
        var variants = new SortedDictionary<string, Type>(StringComparer.Ordinal);
        foreach (var attribute in section.GetCustomAttributes<ConfigVariantAttribute>(inherit: false))
        {
            variants.Add(attribute.Name, attribute.Variant);
        }

        foreach (var ((owner, name), variant) in Registered)
        {
            if (owner == section)
            {
                variants.Add(name, variant);
            }
        }

        return variants;
    }
}
