namespace Granary.Pipelines.Mazes;

/// <summary>What could be read of an answer.</summary>
/// <param name="Cells">The cells, up to where the tokens end or are no path's.</param>
/// <param name="StoppedAt">The place of the token that ends the path or is no path's; the number of tokens when they end before.</param>
/// <param name="HasEnd">Whether the token that ends a path was found.</param>
/// <param name="IsBroken">Whether a token was found that is no path's.</param>
public sealed record PathReading(IReadOnlyList<int> Cells, int StoppedAt, bool HasEnd, bool IsBroken)
{
    internal static PathReading Whole(IReadOnlyList<int> cells, int end)
    {
        return new PathReading(cells, end, HasEnd: true, IsBroken: false);
    }

    internal static PathReading Broken(IReadOnlyList<int> cells, int place)
    {
        return new PathReading(cells, place, HasEnd: false, IsBroken: true);
    }

    internal static PathReading Cut(IReadOnlyList<int> cells, int length)
    {
        return new PathReading(cells, length, HasEnd: false, IsBroken: false);
    }
}
