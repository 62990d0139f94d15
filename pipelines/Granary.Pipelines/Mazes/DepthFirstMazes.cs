using Granary.Core.Randomness;

namespace Granary.Pipelines.Mazes;

/// <summary>Grows spanning trees depth first, as maze-dataset's gen_dfs does with forks.</summary>
internal static class DepthFirstMazes
{
    /// <summary>The task of a key: trees are drawn until one is on the side that is wanted.</summary>
    public static MazeTask Draw(int size, MazeSplit split, RandomKey key, AStarSolver solver)
    {
        for (var attempt = 0L; ; attempt++)
        {
            var draws = new RandomDraws(key.Fold(attempt));
            var passages = Grow(size, draws);
            var maze = Maze.FromPassages(size, passages, draws.Below(size * size), draws.Below(size * size));
            if (maze.Split == split)
            {
                return new MazeTask(maze, solver.Solve(maze), key.Use("tokens"));
            }
        }
    }

    private static List<(int First, int Second)> Grow(int size, RandomDraws draws)
    {
        var passages = new List<(int First, int Second)>((size * size) - 1);
        var isVisited = new bool[size * size];
        var stack = new Stack<int>();
        Span<int> unvisited = stackalloc int[4];

        // As there, a tree does not begin in the last row or column.
        var root = (draws.Below(size - 1) * size) + draws.Below(size - 1);
        isVisited[root] = true;
        stack.Push(root);
        while (stack.TryPop(out var cell))
        {
            var count = CopyUnvisited(size, cell, isVisited, unvisited);
            if (count == 0)
            {
                continue;
            }

            if (count > 1)
            {
                stack.Push(cell);
            }

            var next = unvisited[draws.Below(count)];
            passages.Add((cell, next));
            isVisited[next] = true;
            stack.Push(next);
        }

        return passages;
    }

    private static int CopyUnvisited(int size, int cell, bool[] isVisited, Span<int> unvisited)
    {
        var count = 0;
        var (row, column) = (cell / size, cell % size);
        AddIf(row > 0, cell - size, unvisited);
        AddIf(column > 0, cell - 1, unvisited);
        AddIf(column < size - 1, cell + 1, unvisited);
        AddIf(row < size - 1, cell + size, unvisited);
        return count;

        void AddIf(bool isInside, int neighbour, Span<int> cells)
        {
            if (isInside && !isVisited[neighbour])
            {
                cells[count++] = neighbour;
            }
        }
    }
}
