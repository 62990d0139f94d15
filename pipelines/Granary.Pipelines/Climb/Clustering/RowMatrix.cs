namespace Granary.Pipelines.Climb.Clustering;

/// <summary>Vectors of one length, one behind the other.</summary>
internal sealed class RowMatrix
{
    public RowMatrix(float[] values, int columns)
    {
        Values = values;
        Columns = columns;
        Rows = columns == 0 ? 0 : values.Length / columns;
    }

    public float[] Values { get; }

    public int Rows { get; }

    public int Columns { get; }

    public Span<float> this[int row] => Values.AsSpan(row * Columns, Columns);

    /// <summary>The rows of those numbers, in their order.</summary>
    public RowMatrix Select(ReadOnlySpan<int> rows)
    {
        var selected = new RowMatrix(new float[rows.Length * Columns], Columns);
        for (var i = 0; i < rows.Length; i++)
        {
            this[rows[i]].CopyTo(selected[i]);
        }

        return selected;
    }
}
