using Granary.Data.Shards;

namespace Granary.Pipelines.Mazes.Tests;

public sealed class MazeStreamTests
{
    [TestCase(MazeKind.Dfs)]
    [TestCase(MazeKind.AStar)]
    public void A_task_is_the_same_however_many_threads_and_tasks_there_are(MazeKind kind)
    {
        var expected = Lines(kind, 6, seed: 1, count: 400, workers: 1);

        Assert.Multiple(() =>
        {
            Assert.That(Lines(kind, 6, seed: 1, count: 400, workers: 3), Is.EqualTo(expected));
            Assert.That(Lines(kind, 6, seed: 1, count: 77, workers: 2), Is.EqualTo(expected.Take(77)));
            Assert.That(Lines(kind, 6, seed: 2, count: 400, workers: 1).Intersect(expected), Is.Empty);
        });
    }

    // Golden: a stored run goes on with the mazes it began with.
    [TestCase(MazeKind.Dfs, "<ADJLIST_START> (0,2) (0,3) ; (2,1) (3,1) ; (3,3) (2,3) ; (0,0) (0,1) ; (1,2) (1,1) ; (2,0) (2,1) ; (2,3) (1,3) ; (3,2) (3,1) ; (3,0) (3,1) ; (1,0) (2,0) ; (0,0) (1,0) ; (1,3) (0,3) ; (1,3) (1,2) ; (3,2) (2,2) ; (1,2) (2,2) ; <ADJLIST_END> <ORIGIN_START> (0,1) <ORIGIN_END> <TARGET_START> (0,1) <TARGET_END> <PATH_START> (0,1) <PATH_END>")]
    [TestCase(MazeKind.AStar, "start 1 2 goal 1 0 wall 2 0 wall 1 1 wall 2 3 <PATH_START> bos plan 1 2 plan 0 2 plan 0 1 plan 0 0 plan 1 0 eos")]
    public void The_first_task_of_a_seed_never_changes(MazeKind kind, string expected)
    {
        var line = Lines(kind, 4, seed: 1, count: 1, workers: 1).Single();

        Assert.That(line, Is.EqualTo(expected));
    }

    [TestCase(MazeKind.Dfs, 3, 3_000)]
    [TestCase(MazeKind.Dfs, 4, 20_000)]
    [TestCase(MazeKind.Dfs, 5, 5_000)]
    [TestCase(MazeKind.AStar, 4, 20_000)]
    [TestCase(MazeKind.AStar, 10, 5_000)]
    public void No_layout_is_on_both_sides_whatever_the_seeds(MazeKind kind, int size, int count)
    {
        var training = Layouts(kind, size, MazeSplit.Training, seed: 1, count);
        var validation = Layouts(kind, size, MazeSplit.Validation, seed: 2, count);

        Assert.That(training.Intersect(validation), Is.Empty);
        Assert.That(validation, Is.Not.Empty);
    }

    // As many as an enumeration of all spanning trees finds of those that depth first growth can give.
    [TestCase(3, 42, Description = "of 192 spanning trees")]
    [TestCase(4, 2_046, Description = "of 100,352 spanning trees")]
    public void Both_sides_together_have_all_depth_first_trees(int size, int trees)
    {
        var training = Layouts(MazeKind.Dfs, size, MazeSplit.Training, seed: 1, count: 60_000);
        var validation = Layouts(MazeKind.Dfs, size, MazeSplit.Validation, seed: 1, count: 10_000);

        Assert.That(training.Count + validation.Count, Is.EqualTo(trees));
        Assert.That((double)validation.Count / trees, Is.EqualTo(1 / 16.0).Within(4 * Math.Sqrt(0.06 / trees)));
    }

    [TestCase(MazeKind.Dfs, 2, Description = "four trees are too few for two sides")]
    [TestCase(MazeKind.AStar, 3, Description = "a tenth of nine cells is none")]
    [TestCase(MazeKind.Dfs, 256, Description = "ids above 16 bits")]
    public void A_size_without_mazes_is_refused(MazeKind kind, int size)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => MazeStream.Read(kind, size, MazeSplit.Training, seed: 1));
    }

    private static List<string> Lines(MazeKind kind, int size, long seed, int count, int workers)
    {
        var vocabulary = new MazeVocabulary(kind, size);
        return [.. MazeStream.Read(kind, size, MazeSplit.Training, seed, new OrderedParallelOptions { Workers = workers }).Take(count).Select(task => vocabulary.Decode(MazeTokenWriter.Write(vocabulary, task)))];
    }

    private static HashSet<Maze> Layouts(MazeKind kind, int size, MazeSplit split, long seed, int count)
    {
        return [.. MazeStream.Read(kind, size, split, seed).Take(count).Select(task => task.Maze.With(0, 0))];
    }
}
