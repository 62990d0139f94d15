using Granary.Core.Randomness;

namespace Granary.Pipelines.Mazes;

/// <summary>Scatters walls and asks for ways between free cells, as Searchformer's generator does.</summary>
internal static class WallMazes
{
    private const int AttemptsPerLayout = 100;

    /// <summary>The tasks of one layout: of a hundred pairs of free cells those that are solved by a plan of at least as many cells as a row has, each once.</summary>
    public static IReadOnlyList<MazeTask> Draw(int size, MazeSplit split, RandomKey key, AStarSolver solver)
    {
        var (layout, free) = DrawLayout(size, split, key);
        var draws = new RandomDraws(key.Use("ends"));
        var seen = new HashSet<(int Start, int Goal)>();
        var tasks = new List<MazeTask>();
        for (var attempt = 0; attempt < AttemptsPerLayout; attempt++)
        {
            // The goal is drawn from the other cells: the last one stands in for the start.
            var (first, second) = (draws.Below(free.Length), draws.Below(free.Length - 1));
            var (start, goal) = (free[first], free[second == first ? free.Length - 1 : second]);
            if (!seen.Add((start, goal)))
            {
                continue;
            }

            var maze = layout.With(start, goal);
            var path = solver.Solve(maze);
            if (path.Length >= size)
            {
                tasks.Add(new MazeTask(maze, path, key));
            }
        }

        return tasks;
    }

    private static (Maze Layout, int[] Free) DrawLayout(int size, MazeSplit split, RandomKey key)
    {
        var tenth = size * size / 10;
        for (var attempt = 0L; ; attempt++)
        {
            var draws = new RandomDraws(key.Fold(attempt));
            var cells = Enumerable.Range(0, size * size).ToArray();
            draws.Shuffle<int>(cells);
            var walls = (3 * tenth) + draws.Below((2 * tenth) + 1);
            var layout = Maze.FromWalls(size, cells[..walls], cells[walls], cells[walls]);
            if (layout.Split == split)
            {
                return (layout, cells[walls..]);
            }
        }
    }
}
