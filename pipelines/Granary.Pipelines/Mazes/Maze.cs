using Granary.Core.Randomness;

namespace Granary.Pipelines.Mazes;

/// <summary>
/// A square grid with a start and a goal. Cells are numbered row by row; a coordinate is (row, column), in A* mazes
/// x is the column and y the row.
/// </summary>
public sealed class Maze : IEquatable<Maze>
{
    /// <summary>The largest grid: above it ids no longer fit 16 bits.</summary>
    public const int LargestSize = 255;

    private const int LayoutsPerHeldOut = 16;
    private const int BitsPerWord = 64;

    // Fixed, so that a layout is on one side for every seed.
    private static readonly RandomKey LayoutKey = RandomKey.FromSeed(0).Use("mazes.layout");

    // Dfs: bit 2c is the passage from cell c to its right, bit 2c + 1 the one down. AStar: bit c is a wall.
    private readonly ulong[] _bits;

    private Maze(MazeKind kind, int size, ulong[] bits, int start, int goal)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(start, size * size);
        ArgumentOutOfRangeException.ThrowIfNegative(goal);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(goal, size * size);
        Kind = kind;
        Size = size;
        Start = start;
        Goal = goal;
        _bits = bits;
    }

    /// <summary>How the maze is laid out.</summary>
    public MazeKind Kind { get; }

    /// <summary>Cells in a row, and rows.</summary>
    public int Size { get; }

    /// <summary>Cells in all, walls among them.</summary>
    public int CellCount => Size * Size;

    /// <summary>The cell a path begins in.</summary>
    public int Start { get; }

    /// <summary>The cell a path ends in; in Dfs mazes it may be the start.</summary>
    public int Goal { get; }

    /// <summary>The cells that are walls, in ascending order; none in a Dfs maze.</summary>
    public IEnumerable<int> Walls => Enumerable.Range(0, CellCount).Where(IsWall);

    /// <summary>Pairs of neighbouring cells with a passage between them, the smaller number first, in ascending order.</summary>
    public IEnumerable<(int First, int Second)> Passages =>
        from cell in Enumerable.Range(0, CellCount)
        from other in (int[])[cell + 1, cell + Size]
        where CanStep(cell, other)
        select (cell, other);

    /// <summary>The side the maze is on, by its layout alone: start and goal do not matter.</summary>
    public MazeSplit Split
    {
        get
        {
            var key = LayoutKey.Fold((long)Kind).Fold(Size);
            foreach (var word in _bits)
            {
                key = key.Fold(unchecked((long)word));
            }

            return key.BelowAt(0, LayoutsPerHeldOut) == 0 ? MazeSplit.Validation : MazeSplit.Training;
        }
    }

    /// <summary>The smallest grid whose layouts are many enough to be on two sides.</summary>
    public static int SmallestSize(MazeKind kind)
    {
        return kind == MazeKind.Dfs ? 3 : 4;
    }

    /// <summary>A Dfs maze with passages between pairs of neighbouring cells.</summary>
    /// <exception cref="ArgumentException">Two cells are no neighbours.</exception>
    public static Maze FromPassages(int size, IEnumerable<(int First, int Second)> passages, int start, int goal)
    {
        var bits = Bits(size, 2 * size * size);
        foreach (var (first, second) in passages)
        {
            if (!AreNeighbours(size, first, second))
            {
                throw new ArgumentException($"Cells '{first}' and '{second}' are no neighbours in a grid of {size} by {size}.", nameof(passages));
            }

            Set(bits, PassageBit(size, first, second));
        }

        return new Maze(MazeKind.Dfs, size, bits, start, goal);
    }

    /// <summary>An AStar maze with walls.</summary>
    public static Maze FromWalls(int size, IEnumerable<int> walls, int start, int goal)
    {
        var bits = Bits(size, size * size);
        foreach (var wall in walls)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(wall);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(wall, size * size);
            Set(bits, wall);
        }

        return new Maze(MazeKind.AStar, size, bits, start, goal);
    }

    /// <summary>The same layout with another start and goal.</summary>
    public Maze With(int start, int goal)
    {
        return new Maze(Kind, Size, _bits, start, goal);
    }

    /// <summary>Whether a cell is a wall.</summary>
    public bool IsWall(int cell)
    {
        return Kind == MazeKind.AStar && Has(cell);
    }

    /// <summary>Whether two numbers are neighbouring cells of the grid, with a wall between them or not; any numbers may be asked about.</summary>
    public bool AreNeighbours(int first, int second)
    {
        return AreNeighbours(Size, first, second);
    }

    /// <summary>Whether one step leads from a cell to another; any numbers may be asked about.</summary>
    public bool CanStep(int from, int to)
    {
        return AreNeighbours(from, to) && (Kind == MazeKind.Dfs ? Has(PassageBit(Size, from, to)) : !Has(from) && !Has(to));
    }

    /// <summary>Writes the cells that one step leads to, in ascending order, and returns how many; there are four at most.</summary>
    public int CopySteps(int from, Span<int> cells)
    {
        var count = 0;
        foreach (var to in (ReadOnlySpan<int>)[from - Size, from - 1, from + 1, from + Size])
        {
            if (CanStep(from, to))
            {
                cells[count++] = to;
            }
        }

        return count;
    }

    /// <inheritdoc/>
    public bool Equals(Maze? other)
    {
        return other is not null && (Kind, Size, Start, Goal) == (other.Kind, other.Size, other.Start, other.Goal) && _bits.AsSpan().SequenceEqual(other._bits);
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj)
    {
        return Equals(obj as Maze);
    }

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add((Kind, Size, Start, Goal));
        foreach (var word in _bits)
        {
            hash.Add(word);
        }

        return hash.ToHashCode();
    }

    private static ulong[] Bits(int size, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, LargestSize);
        return new ulong[(count + BitsPerWord - 1) / BitsPerWord];
    }

    private static bool AreNeighbours(int size, int first, int second)
    {
        var (low, high) = first < second ? (first, second) : (second, first);
        return low >= 0 && high < size * size && (high == low + size || (high == low + 1 && high % size != 0));
    }

    private static int PassageBit(int size, int first, int second)
    {
        var low = Math.Min(first, second);
        return (2 * low) + (Math.Max(first, second) == low + size ? 1 : 0);
    }

    private static void Set(ulong[] bits, int bit)
    {
        bits[bit / BitsPerWord] |= 1UL << (bit % BitsPerWord);
    }

    private bool Has(int bit)
    {
        return (_bits[bit / BitsPerWord] >> (bit % BitsPerWord) & 1) != 0;
    }
}
