namespace Granary.Pipelines.Mazes.Tests;

public sealed class DepthFirstMazesTests
{
    [TestCase(3)]
    [TestCase(4)]
    [TestCase(10)]
    [TestCase(17)]
    public void Passages_are_a_spanning_tree(int size)
    {
        foreach (var maze in Tasks(size).Take(200).Select(task => task.Maze))
        {
            var passages = maze.Passages.ToList();

            Assert.That(passages, Has.Count.EqualTo(maze.CellCount - 1));
            Assert.That(Reachable(passages, 0), Has.Count.EqualTo(maze.CellCount));
        }
    }

    [TestCase(3)]
    [TestCase(5)]
    public void The_path_is_the_only_one(int size)
    {
        foreach (var task in Tasks(size).Take(200))
        {
            var paths = AllPaths(task.Maze, [task.Maze.Start]).ToList();

            Assert.That(paths, Has.Count.EqualTo(1));
            Assert.That(task.Path, Is.EqualTo(paths[0]));
        }
    }

    // In a tree grown depth first, a pair of neighbours without a passage is one of a cell and an ancestor: no other tree can come of it.
    [Test]
    public void Trees_are_those_that_depth_first_growth_can_give()
    {
        foreach (var maze in Tasks(5).Take(300).Select(task => task.Maze))
        {
            Assert.That(Enumerable.Range(0, maze.CellCount).Any(root => IsDepthFirst(maze, root)), Is.True);
        }
    }

    [TestCase(3, 4_000, 3.9, 2.0, 0.9)]
    [TestCase(4, 4_000, 5.7, 3.2, 1.3)]
    [TestCase(5, 4_000, 8.1, 4.7, 1.7)]
    [TestCase(10, 3_000, 25, 16, 3.8)]
    [TestCase(15, 2_000, 49, 32, 6.2)]
    [TestCase(20, 1_000, 80, 53, 9.0)]
    [TestCase(30, 500, 164, 107, 15.8)]
    public void Paths_are_as_long_and_as_forked_as_published(int size, int count, double mean, double deviation, double forks)
    {
        var tasks = Tasks(size).Take(count).ToList();

        // Five standard deviations of a mean, and what rounding the published number leaves open.
        var lengths = tasks.Select(task => (double)task.Path.Count).ToList();
        var tolerance = (5 * deviation / Math.Sqrt(count)) + (size < 10 ? 0.05 : 0.5);
        var average = lengths.Average();
        Assert.Multiple(() =>
        {
            Assert.That(average, Is.EqualTo(mean).Within(tolerance));
            Assert.That(Math.Sqrt(lengths.Average(length => (length - average) * (length - average))), Is.EqualTo(deviation).Within(0.1 * deviation));
            Assert.That(tasks.Average(Forks), Is.EqualTo(forks).Within((0.08 * forks) + 0.05));
        });
    }

    [Test]
    public void Start_and_goal_are_any_cells_and_may_coincide()
    {
        var tasks = Tasks(3).Take(3_000).ToList();

        Assert.That(tasks.Select(task => (task.Maze.Start, task.Maze.Goal)).Distinct().Count(), Is.EqualTo(81));
    }

    private static IEnumerable<MazeTask> Tasks(int size)
    {
        return MazeStream.Read(MazeKind.Dfs, size, MazeSplit.Training, seed: 42);
    }

    // Cells of the path in which there is a choice; there is none in the goal.
    private static int Forks(MazeTask task)
    {
        return task.Path.SkipLast(1).Where((cell, i) => Steps(task.Maze, cell).Count() > (i == 0 ? 1 : 2)).Count();
    }

    private static IEnumerable<int> Steps(Maze maze, int cell)
    {
        return ((int[])[cell - maze.Size, cell - 1, cell + 1, cell + maze.Size]).Where(other => maze.CanStep(cell, other));
    }

    private static HashSet<int> Reachable(List<(int First, int Second)> passages, int start)
    {
        var neighbours = passages.SelectMany(passage => (KeyValuePair<int, int>[])[new(passage.First, passage.Second), new(passage.Second, passage.First)]).ToLookup(pair => pair.Key, pair => pair.Value);
        var (reached, open) = (new HashSet<int> { start }, new Stack<int>([start]));
        while (open.TryPop(out var cell))
        {
            foreach (var next in neighbours[cell].Where(reached.Add))
            {
                open.Push(next);
            }
        }

        return reached;
    }

    private static IEnumerable<List<int>> AllPaths(Maze maze, List<int> path)
    {
        if (path[^1] == maze.Goal)
        {
            return [path];
        }

        return Steps(maze, path[^1]).Where(cell => !path.Contains(cell)).SelectMany(cell => AllPaths(maze, [.. path, cell]));
    }

    private static bool IsDepthFirst(Maze maze, int root)
    {
        var solver = new AStarSolver(maze.Size);
        return (from cell in Enumerable.Range(0, maze.CellCount)
                from other in (int[])[cell + 1, cell + maze.Size]
                where maze.AreNeighbours(cell, other) && !maze.CanStep(cell, other)
                select solver.Solve(maze.With(root, cell)).Contains(other) || solver.Solve(maze.With(root, other)).Contains(cell)).All(isKin => isKin);
    }
}
