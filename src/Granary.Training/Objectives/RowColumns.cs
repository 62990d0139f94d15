namespace Granary.Training.Objectives;

/// <summary>Some columns of every row of a matrix that lies row after row.</summary>
internal static class RowColumns
{
    /// <summary>[B, T, width] to [B, columns, width], in the columns' order; empty stays empty.</summary>
    internal static T[] Take<T>(ReadOnlyMemory<T> values, int length, ReadOnlySpan<int> columns, int width = 1)
    {
        var source = values.Span;
        var rows = values.Length / (length * width);
        var taken = new T[rows * columns.Length * width];
        for (var row = 0; row < rows; row++)
        {
            for (var index = 0; index < columns.Length; index++)
            {
                source.Slice(((row * length) + columns[index]) * width, width).CopyTo(taken.AsSpan(((row * columns.Length) + index) * width, width));
            }
        }

        return taken;
    }
}
