namespace Granary.Cli.Terminal;

/// <summary>A curve in braille dots: two columns and four rows of dots a character.</summary>
internal static class LossCurve
{
    private const int DotsAcross = 2;
    private const int DotsDown = 4;
    private const char Blank = '\u2800';

    // The bit of each dot of a braille character, by column and row.
    private static readonly byte[,] Bits = { { 0x01, 0x02, 0x04, 0x40 }, { 0x08, 0x10, 0x20, 0x80 } };

    /// <summary>
    /// Lines of text, top first, with the largest and the smallest value at the edge; each column of dots is the mean of
    /// its share of the values. Values that are not finite are left out.
    /// </summary>
    internal static IReadOnlyList<string> Draw(IReadOnlyList<double> values, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 2);
        var columns = Columns(values, width * DotsAcross);
        var finite = columns.Where(double.IsFinite).ToList();
        if (finite.Count == 0)
        {
            return [];
        }

        var (low, high) = (finite.Min(), finite.Max());
        var cells = new char[height, width];
        for (var x = 0; x < columns.Count; x++)
        {
            if (double.IsFinite(columns[x]))
            {
                var share = high > low ? (high - columns[x]) / (high - low) : 0.5;
                Set(cells, x, (int)Math.Round(share * ((height * DotsDown) - 1)));
            }
        }

        return [.. Enumerable.Range(0, height).Select(row => Edge(row, height, low, high) + Row(cells, row, width))];
    }

    private static List<double> Columns(IReadOnlyList<double> values, int count)
    {
        if (values.Count <= count)
        {
            return [.. values];
        }

        var columns = new List<double>(count);
        for (var column = 0; column < count; column++)
        {
            var (first, end) = ((int)((long)column * values.Count / count), (int)((column + 1L) * values.Count / count));
            var share = values.Skip(first).Take(end - first).Where(double.IsFinite).ToList();
            columns.Add(share.Count > 0 ? share.Average() : double.NaN);
        }

        return columns;
    }

    private static void Set(char[,] cells, int x, int y)
    {
        var (row, column) = (y / DotsDown, x / DotsAcross);
        var present = cells[row, column] == default ? Blank : cells[row, column];
        cells[row, column] = (char)(present | Bits[x % DotsAcross, y % DotsDown]);
    }

    private static string Row(char[,] cells, int row, int width)
    {
        return string.Concat(Enumerable.Range(0, width).Select(column => cells[row, column] == default ? Blank : cells[row, column]));
    }

    private static string Edge(int row, int height, double low, double high)
    {
        return row switch
        {
            0 => FormattableString.Invariant($"{high,8:F3} "),
            _ when row == height - 1 => FormattableString.Invariant($"{low,8:F3} "),
            _ => new string(' ', 9),
        };
    }
}
