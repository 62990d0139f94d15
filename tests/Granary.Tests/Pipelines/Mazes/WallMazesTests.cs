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

    [TestCase(10, 30_000, 39, 12.6)]
    [TestCase(20, 8_000, 155, 26.3)]
    [TestCase(30, 3_000, 342, 40.7)]
    public void Walls_are_as_many_and_plans_as_long_as_published(int size, int count, double walls, double cells)
    {
        var tasks = Tasks(size).Take(count).ToList();

        // Tasks of a layout are alike, so these are the means of a hundred and more layouts rather than of thousands of tasks.
        Assert.Multiple(() =>
        {
            Assert.That(tasks.Average(task => task.Maze.Walls.Count()), Is.EqualTo(walls).Within(0.025 * walls));
            Assert.That(tasks.Average(task => task.Path.Count), Is.EqualTo(cells).Within(0.035 * cells));
        });
    }

    [TestCase(10, 4_000, 0.19)]
    [TestCase(20, 1_000, 0.03)]
    public void The_shortest_path_is_the_only_one_in_as_many_mazes_as_published(int size, int count, double share)
    {
        var unique = Tasks(size).Take(count).Count(task => CountShortest(task.Maze) == 1);

        Assert.That((double)unique / count, Is.EqualTo(share).Within(0.03));
    }

    private static IEnumerable<MazeTask> Tasks(int size)
    {
        return MazeStream.Read(MazeKind.AStar, size, MazeSplit.Training, seed: 42);
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
