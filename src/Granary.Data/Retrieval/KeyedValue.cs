namespace Granary.Data.Retrieval;

/// <summary>A key of a world with one of its values, both by their number.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">What it stands for.</param>
public readonly record struct KeyedValue(int Key, int Value);
