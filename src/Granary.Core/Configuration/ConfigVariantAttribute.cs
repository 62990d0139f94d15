namespace Granary.Core.Configuration;

/// <summary>Names one variant of an abstract section: the word that <c>type:</c> holds and the record it chooses.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class ConfigVariantAttribute : Attribute
{
    /// <summary>Creates the attribute; <paramref name="variant"/> derives from the record that carries it.</summary>
    public ConfigVariantAttribute(string name, Type variant)
    {
        Name = name;
        Variant = variant;
    }

    /// <summary>The word after <c>type:</c>.</summary>
    public string Name { get; }

    /// <summary>The record the word chooses.</summary>
    public Type Variant { get; }
}
