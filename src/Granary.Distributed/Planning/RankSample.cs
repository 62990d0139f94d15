using System.Numerics;

namespace Granary.Distributed.Planning;

/// <summary>
/// Ranks among which, in a step, each rank of a large group has its like. A table's entries depend on a rank only by which side
/// it lies of rank 0, of rank s and of rank N - s in step s, and its costs by its place in its node as well: of each stretch between
/// these marks a window that holds every place stands for all. Exact where all ranks hold equally many positions.
/// </summary>
internal sealed class RankSample
{
    private const int Margin = 2;

    private readonly int _ranks;
    private readonly int _groupSize;
    private readonly int _window;
    private readonly bool _isWhole;

    /// <param name="ranks">Ranks N.</param>
    /// <param name="groupSize">Consecutive ranks that a schedule treats alike.</param>
    /// <param name="ranksPerNode">Ranks of a node; 1 where places do not matter.</param>
    /// <param name="isWhole">Whether all ranks are to be looked at.</param>
    public RankSample(int ranks, int groupSize, int ranksPerNode, bool isWhole)
    {
        _ranks = ranks;
        _groupSize = groupSize;
        _window = groupSize * ranksPerNode / (int)BigInteger.GreatestCommonDivisor(groupSize, ranksPerNode);
        _isWhole = isWhole;
    }

    /// <summary>The ranks to look at in a step.</summary>
    public IEnumerable<int> At(int step)
    {
        if (_isWhole)
        {
            return Enumerable.Range(0, _ranks);
        }

        var groups = _ranks / _groupSize;
        int[] marks = [0, step, groups - step];
        return marks.SelectMany(mark => Around(mark, groups)).Distinct().ToList();
    }

    // The groups just before a mark, around the end, and a window behind it.
    private IEnumerable<int> Around(int mark, int groups)
    {
        var first = ((mark - Margin) % groups) + groups;
        var count = _window + (2 * Margin * _groupSize);
        return Enumerable.Range(first * _groupSize, count).Select(rank => rank % _ranks);
    }
}
