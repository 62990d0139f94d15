namespace Granary.Data.Batching;

/// <summary>Which part of every step's rows a process loads: part <paramref name="Index"/> of <paramref name="Count"/>, in order and as equal as whole rows allow.</summary>
/// <param name="Index">The part, counted from 0.</param>
/// <param name="Count">Parts in all.</param>
public readonly record struct BatchShare(int Index, int Count)
{
    /// <summary>All rows of every step.</summary>
    public static readonly BatchShare Whole = new(0, 1);

    /// <summary>The first row of the part and the row behind its last; the same when the step has fewer rows than parts.</summary>
    public (int First, int End) Of(int rows)
    {
        return ((int)((long)rows * Index / Count), (int)((long)rows * (Index + 1) / Count));
    }
}
