namespace Granary.Pipelines.Mazes.Tests;

public sealed class AStarSolverTests
{
    [TestCase(MazeKind.Dfs, 6)]
    [TestCase(MazeKind.AStar, 5)]
    [TestCase(MazeKind.AStar, 12)]
    [TestCase(MazeKind.AStar, 20)]
    public void A_path_is_as_short_as_breadth_first_search_finds(MazeKind kind, int size)
    {
        foreach (var task in MazeStream.Read(kind, size, MazeSplit.Training, seed: 3).Take(300))
        {
            Assert.That(task.Path, Has.Count.EqualTo(BreadthFirst(task.Maze) + 1));
            Assert.That(Enumerable.Range(1, task.Path.Count - 1).All(i => task.Maze.CanStep(task.Path[i - 1], task.Path[i])), Is.True);
        }
    }

    [TestCase(5)]
    [TestCase(10)]
    [TestCase(15)]
    public void Of_the_shortest_paths_it_is_the_one_of_the_published_search(int size)
    {
        foreach (var task in MazeStream.Read(MazeKind.AStar, size, MazeSplit.Training, seed: 4).Take(300))
        {
            Assert.That(task.Path, Is.EqualTo(PublishedSearch(task.Maze)));
        }
    }

    [Test]
    public void An_open_square_is_crossed_as_the_order_says()
    {
        var maze = Maze.FromWalls(3, [], 0, 8);

        // All open cells cost 4, so that with the smallest y, then x, goes first: along the top, then down.
        Assert.That(new AStarSolver(3).Solve(maze), Is.EqualTo(new[] { 0, 1, 2, 5, 8 }));
    }

    [Test]
    public void No_way_is_no_cells()
    {
        var maze = Maze.FromWalls(3, [1, 3, 4], 0, 8);

        Assert.That(new AStarSolver(3).Solve(maze), Is.Empty);
    }

    private static int BreadthFirst(Maze maze)
    {
        var (reached, border, steps) = (new HashSet<int> { maze.Start }, new List<int> { maze.Start }, 0);
        while (!reached.Contains(maze.Goal))
        {
            border = [.. border.SelectMany(from => ((int[])[from - maze.Size, from - 1, from + 1, from + maze.Size]).Where(cell => maze.CanStep(from, cell) && reached.Add(cell)))];
            Assert.That(border, Is.Not.Empty);
            steps++;
        }

        return steps;
    }

    // As published: one list of open cells, of which the first by (cost, y, x) is taken; a cell is replaced only by a strictly cheaper one.
    private static List<int> PublishedSearch(Maze maze)
    {
        var open = new Dictionary<int, (int Cost, int Parent)> { [maze.Start] = (0, -1) };
        var closed = new Dictionary<int, (int Cost, int Parent)>();
        while (true)
        {
            var cell = open.OrderBy(entry => entry.Value.Cost + Manhattan(maze, entry.Key)).ThenBy(entry => entry.Key / maze.Size).ThenBy(entry => entry.Key % maze.Size).First().Key;
            closed[cell] = open[cell];
            open.Remove(cell);
            if (cell == maze.Goal)
            {
                break;
            }

            var cost = closed[cell].Cost + 1;
            foreach (var next in (int[])[cell + maze.Size, cell - maze.Size, cell - 1, cell + 1])
            {
                if (maze.CanStep(cell, next) && !(open.TryGetValue(next, out var known) && known.Cost <= cost) && !(closed.TryGetValue(next, out known) && known.Cost <= cost))
                {
                    open[next] = (cost, cell);
                }
            }
        }

        var path = new List<int>();
        for (var cell = maze.Goal; cell >= 0; cell = closed[cell].Parent)
        {
            path.Insert(0, cell);
        }

        return path;
    }

    private static int Manhattan(Maze maze, int cell)
    {
        return Math.Abs((cell / maze.Size) - (maze.Goal / maze.Size)) + Math.Abs((cell % maze.Size) - (maze.Goal % maze.Size));
    }
}
