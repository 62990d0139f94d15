namespace Orleans.Runtime;

/// <summary>Names the record and the storage of a constructor's <see cref="IPersistentState{TState}"/>.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public class PersistentStateAttribute : Attribute
{
    /// <summary>The record of this name; without a storage's name the storage that has none.</summary>
    public PersistentStateAttribute(string stateName, string? storageName = null)
    {
        ArgumentNullException.ThrowIfNull(stateName);
        StateName = stateName;
        StorageName = storageName;
    }

    /// <summary>The record's name, one of the grain's.</summary>
    public string StateName { get; }

    /// <summary>The key under which the storage is registered; null for the one without a key.</summary>
    public string? StorageName { get; }
}
