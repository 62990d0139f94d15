namespace Granary.Pipelines.Native.DuckDb;

/// <summary>A column whose values this program makes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of its values, or of their elements.</param>
/// <param name="IsList">Whether a value is a list.</param>
internal sealed record DuckDbSourceColumn(string Name, DuckDbType Type, bool IsList = false);
