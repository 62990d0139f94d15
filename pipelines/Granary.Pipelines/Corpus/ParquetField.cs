using Granary.Pipelines.Native.DuckDb;

namespace Granary.Pipelines.Corpus;

/// <summary>A column, a field within its structs or the elements of its lists, and how DuckDB's SQL spells it.</summary>
internal sealed class ParquetField
{
    private const string Elements = "[]";

    private readonly string _path;

    /// <summary>The field at a path such as <c>text</c>, <c>meta.body</c> or <c>messages[].content</c> in a file with some columns.</summary>
    public ParquetField(string path, IReadOnlyCollection<string> columns)
    {
        _path = path;

        // A column's own name may have dots in it.
        var steps = Has(columns, path) ? [path] : path.Split('.');
        Steps = steps;
        Column = WithoutElements(steps[0]);
        IsMissing = !Has(columns, Column);
        IsList = steps.Any(step => step.EndsWith(Elements, StringComparison.Ordinal));
        Sql = Build(DuckDbConnection.QuoteName(Column), steps, 0);
    }

    /// <summary>The names on the way to the field, with "[]" behind those of lists.</summary>
    public IReadOnlyList<string> Steps { get; }

    /// <summary>The column that the path begins with.</summary>
    public string Column { get; }

    /// <summary>Whether the file has no such column.</summary>
    public bool IsMissing { get; }

    /// <summary>Whether the expression gives a list, all of whose elements are the field.</summary>
    public bool IsList { get; }

    /// <summary>The expression.</summary>
    public string Sql { get; }

    /// <summary>Whether a path names something at each of its steps.</summary>
    public static bool IsValid(string path)
    {
        return path.Split('.').All(step => WithoutElements(step).Length > 0);
    }

    public override string ToString()
    {
        return _path;
    }

    /// <summary>The steps from <paramref name="index"/> on, of which the expression already is the first one's value.</summary>
    private static string Build(string expression, string[] steps, int index)
    {
        var isList = steps[index].EndsWith(Elements, StringComparison.Ordinal);
        if (index == steps.Length - 1)
        {
            return expression;
        }

        var field = DuckDbConnection.Quote(WithoutElements(steps[index + 1]));
        if (!isList)
        {
            return Build($"struct_extract({expression}, {field})", steps, index + 1);
        }

        var element = $"x{index}";
        var inner = Build($"struct_extract({element}, {field})", steps, index + 1);
        var list = $"list_transform({expression}, lambda {element}: {inner})";
        return steps[(index + 1)..].Any(step => step.EndsWith(Elements, StringComparison.Ordinal)) ? $"flatten({list})" : list;
    }

    private static bool Has(IReadOnlyCollection<string> columns, string name)
    {
        return columns.Contains(name, StringComparer.OrdinalIgnoreCase); // as DuckDB compares names
    }

    private static string WithoutElements(string step)
    {
        return step.EndsWith(Elements, StringComparison.Ordinal) ? step[..^Elements.Length] : step;
    }
}
