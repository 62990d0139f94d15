namespace Granary.Pipelines.Mazes.Tests;

public sealed class WallMazesTests
{
    [TestCase(4)]
    [TestCase(10)]
    [TestCase(20)]
    public void Every_task_keeps_the_rules(int size)
    {
        foreach (var task in Tasks(size).Take(1_000))
        {
            var (maze, tenth) = (task.Maze, size * size / 10);

            Assert.That(maze.Walls.Count(), Is.InRange(3 * tenth, 5 * tenth));
            Assert.That(task.Path, Has.Count.AtLeast(size));
            Assert.That((task.Path[0], task.Path[^1]), Is.EqualTo((maze.Start, maze.Goal)));
            Assert.That(maze.IsWall(maze.Start) || maze.IsWall(maze.Goal) || maze.Start == maze.Goal, Is.False);
        }
    }

    [Test]
    public void A_layout_has_a_hundred_tasks_at_most_and_each_once()
    {
        var layouts = Tasks(10).Take(5_000).GroupBy(task => string.Join(' ', task.Maze.Walls)).ToList();

        Assert.That(layouts.Select(layout => layout.Count()), Is.All.LessThanOrEqualTo(100).And.Some.GreaterThan(30));
        Assert.That(layouts.SelectMany(layout => layout.Select(task => task.Maze)).Distinct().Count(), Is.EqualTo(5_000));
    }

    // The published means are those of one task a layout; a layout with fewer walls has more tasks.
    [TestCase(10, 30_000, 39, 12.6)]
    [TestCase(20, 12_000, 155, 26.3)]
    [TestCase(30, 8_000, 342, 40.7)]
    public void The_first_task_of_a_layout_has_as_many_walls_and_cells_as_published(int size, int count, double walls, double cells)
    {
        var firsts = Tasks(size).Take(count).DistinctBy(task => task.Maze.With(0, 0)).ToList();

        var (wallCounts, cellCounts) = (firsts.Select(task => (double)task.Maze.Walls.Count()).ToList(), firsts.Select(task => (double)task.Path.Count).ToList());
        Assert.Multiple(() =>
        {
            Assert.That(wallCounts.Average(), Is.EqualTo(walls).Within(0.5 + FourErrors(wallCounts)));
            Assert.That(cellCounts.Average(), Is.EqualTo(cells).Within(0.05 + FourErrors(cellCounts)));
        });
    }

    [TestCase(10, 20_000, 0.19)]
    [TestCase(20, 8_000, 0.03)]
    public void The_shortest_path_is_the_only_one_in_as_many_mazes_as_published(int size, int count, double share)
    {
        var firsts = Tasks(size).Take(count).DistinctBy(task => task.Maze.With(0, 0)).ToList();

        var unique = firsts.Count(task => CountShortest(task.Maze) == 1);

        // 3.5 standard deviations of the smaller sample's share.
        Assert.That((double)unique / firsts.Count, Is.EqualTo(share).Within(0.04));
    }

    private static IEnumerable<MazeTask> Tasks(int size)
    {
        return MazeStream.Read(MazeKind.AStar, size, MazeSplit.Training, seed: 42);
    }

    // Of the mean of independent values.
    private static double FourErrors(List<double> values)
    {
        var mean = values.Average();
        return 4 * Math.Sqrt(values.Average(value => (value - mean) * (value - mean)) / values.Count);
    }

    private static double CountShortest(Maze maze)
    {
        var distances = MazeDistances.ToGoal(maze);
        var ways = new double[maze.CellCount];
        ways[maze.Goal] = 1;
        foreach (var cell in Enumerable.Range(0, maze.CellCount).Where(cell => distances[cell] > 0).OrderBy(cell => distances[cell]))
        {
            ways[cell] = ((int[])[cell - maze.Size, cell - 1, cell + 1, cell + maze.Size]).Where(next => maze.CanStep(cell, next) && distances[next] == distances[cell] - 1).Sum(next => ways[next]);
        }

        return ways[maze.Start];
    }
}
