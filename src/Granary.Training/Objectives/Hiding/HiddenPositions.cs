using Granary.Core.Randomness;
using Granary.Data.Batching;

namespace Granary.Training.Objectives.Hiding;

/// <summary>
/// Draws which positions of a row are hidden. Each row draws r, each position u, and the position is visible iff r > u. As r
/// and the T values u are independent and uniform, r is equally likely to stand at any of the T + 1 places in their order: the
/// number of hidden positions is exactly uniform on 0 .. T.
/// </summary>
internal sealed class HiddenPositions
{
    private readonly double? _rate;

    /// <summary>Hides with a fixed probability, or with one drawn for each row.</summary>
    public HiddenPositions(double? rate)
    {
        _rate = rate;
    }

    /// <summary>What is hidden of a row of a step.</summary>
    public HiddenRow Draw(BatchSlice rows, int row, RandomKey key)
    {
        var stream = key.Fold(rows.FirstRow + row);
        var threshold = _rate is { } rate ? 1 - rate : stream.DoubleAt(0);
        var isHidden = new bool[rows.Length];
        var (maskable, hidden) = (0, 0);
        for (var column = 0; column < rows.Length; column++)
        {
            if (IsMaskable(rows, row, column))
            {
                maskable++;
                isHidden[column] = threshold <= stream.DoubleAt(column + 1);
                hidden += isHidden[column] ? 1 : 0;
            }
        }

        return new HiddenRow(isHidden, hidden, maskable);
    }

    // What the position before must predict: no prompt, no padding, and no first token of a row or segment, which stays for the others to see.
    private static bool IsMaskable(BatchSlice rows, int row, int column)
    {
        var place = (row * rows.Length) + column;
        var segments = rows.Segments.Span;
        return column > 0
            && rows.Targets.Span[place - 1] != TokenBatch.IgnoredTarget
            && (segments.IsEmpty || (segments[place] != 0 && segments[place] == segments[place - 1]));
    }
}
