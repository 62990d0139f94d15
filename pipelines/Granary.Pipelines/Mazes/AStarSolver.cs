namespace Granary.Pipelines.Mazes;

/// <summary>
/// A* with the Manhattan distance, which finds the path that Searchformer's deterministic search finds: of the open cells
/// with the smallest cost it takes the one with the smallest number (y, then x), and a cell keeps its parent unless a
/// later one is strictly cheaper.
/// </summary>
/// <remarks>It keeps its tables for the next maze of the size, so one thread at a time may call it.</remarks>
public sealed class AStarSolver
{
    private const int Unseen = int.MaxValue;

    private readonly int _size;
    private readonly int[] _costs;
    private readonly int[] _parents;
    private readonly bool[] _isClosed;
    private readonly PriorityQueue<int, long> _open = new();

    /// <summary>Creates a solver of mazes of a size.</summary>
    public AStarSolver(int size)
    {
        _size = size;
        _costs = new int[size * size];
        _parents = new int[size * size];
        _isClosed = new bool[size * size];
    }

    /// <summary>The cells from start to goal, both included; none where there is no way.</summary>
    public int[] Solve(Maze maze)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(maze.Size, _size);
        Array.Fill(_costs, Unseen);
        Array.Clear(_isClosed);
        _open.Clear();
        Open(maze, maze.Start, parent: maze.Start, cost: 0);
        Span<int> steps = stackalloc int[4];
        while (_open.TryDequeue(out var cell, out _))
        {
            if (cell == maze.Goal)
            {
                return PathTo(cell);
            }

            // An entry that a cheaper one has overtaken. The heuristic is consistent, so no closed cell gets cheaper.
            if (_isClosed[cell])
            {
                continue;
            }

            _isClosed[cell] = true;
            foreach (var next in steps[..maze.CopySteps(cell, steps)])
            {
                if (_costs[cell] + 1 < _costs[next])
                {
                    Open(maze, next, cell, _costs[cell] + 1);
                }
            }
        }

        return [];
    }

    private void Open(Maze maze, int cell, int parent, int cost)
    {
        _costs[cell] = cost;
        _parents[cell] = parent;
        var toGoal = Math.Abs((cell / _size) - (maze.Goal / _size)) + Math.Abs((cell % _size) - (maze.Goal % _size));
        _open.Enqueue(cell, ((long)(cost + toGoal) * _costs.Length) + cell);
    }

    private int[] PathTo(int goal)
    {
        var path = new int[_costs[goal] + 1];
        for (var (i, cell) = (path.Length - 1, goal); i >= 0; i--)
        {
            path[i] = cell;
            cell = _parents[cell];
        }

        return path;
    }
}
