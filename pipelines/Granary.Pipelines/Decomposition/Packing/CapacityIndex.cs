using System.Numerics;

namespace Granary.Pipelines.Decomposition.Packing;

/// <summary>
/// Open rows by the room they have left: the fullest row that takes a piece is found in a few steps, because sets of 64
/// sizes are one word and sets of 64 words another. Of rows with the same room, the one put in last comes first.
/// </summary>
internal sealed class CapacityIndex
{
    private const int None = -1;

    private readonly ulong[][] _present; // a bit for each size with rows, then a bit for each word of the level below
    private readonly int[] _firstRow;    // of a size, the first row of its list
    private readonly List<int> _nextRow = []; // of a row, the row behind it in the list it is in

    public CapacityIndex(int largest)
    {
        _firstRow = new int[largest + 1];
        Array.Fill(_firstRow, None);
        var levels = new List<ulong[]>();
        for (var count = largest + 1; levels.Count == 0 || count > 1; count = levels[^1].Length)
        {
            levels.Add(new ulong[(count + 63) / 64]);
        }

        _present = [.. levels];
    }

    /// <summary>Puts a row in; rows are numbered from 0 and first put in in that order.</summary>
    public void Put(int row, int room)
    {
        if (row == _nextRow.Count)
        {
            _nextRow.Add(None);
        }

        _nextRow[row] = _firstRow[room];
        _firstRow[room] = row;
        for (var (level, index) = (0, room); level < _present.Length; level++, index >>= 6)
        {
            _present[level][index >> 6] |= 1UL << (index & 63);
        }
    }

    /// <summary>Takes out the row with the least room that is at least <paramref name="size"/>; the row and its room, or -1.</summary>
    public (int Row, int Room) TakeSmallest(int size)
    {
        var room = SmallestFrom(size);
        if (room == None)
        {
            return (None, 0);
        }

        var row = _firstRow[room];
        _firstRow[room] = _nextRow[row];
        for (var (level, index) = (0, room); level < _present.Length && IsEmpty(level, index); level++, index >>= 6)
        {
            _present[level][index >> 6] &= ~(1UL << (index & 63));
        }

        return (row, room);
    }

    private bool IsEmpty(int level, int index)
    {
        return level == 0 ? _firstRow[index] == None : _present[level - 1][index] == 0;
    }

    private int SmallestFrom(int size)
    {
        // Up until a word has a set bit at or behind the place, then down along the lowest bits.
        var index = size;
        for (var level = 0; level < _present.Length; level++)
        {
            var word = index >> 6;
            var rest = word < _present[level].Length ? _present[level][word] >> (index & 63) : 0;
            if (rest != 0)
            {
                return Descend(level, index + BitOperations.TrailingZeroCount(rest));
            }

            index = word + 1;
        }

        return None;
    }

    private int Descend(int level, int index)
    {
        for (; level > 0; level--)
        {
            index = (index << 6) + BitOperations.TrailingZeroCount(_present[level - 1][index]);
        }

        return index;
    }
}
