namespace Granary.Pipelines.Native.DuckDb;

/// <summary>What DuckDB reports, or why it cannot be used; it becomes a fault of a file where one is read.</summary>
internal sealed class DuckDbException : Exception
{
    public DuckDbException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>DuckDB's words in one line: its later lines repeat the query with the place, or give advice on settings.</summary>
    internal static DuckDbException Of(string? native)
    {
        var lines = (native ?? "it gives no reason").ReplaceLineEndings("\n").Split('\n');
        var said = lines.TakeWhile(line => !line.StartsWith("LINE ", StringComparison.Ordinal) && !line.StartsWith("Possible solutions", StringComparison.Ordinal));
        return new DuckDbException(string.Join(' ', said.Where(line => line.Length > 0)).TrimEnd('.', '!', ' '));
    }
}
