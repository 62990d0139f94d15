using Granary.Core.Randomness;

namespace Granary.Pipelines.Mazes.Tests;

public sealed class MazeTokenWriterTests
{
    // The published prompts; a task has its path and one token more (Dfs), or three tokens a cell and two more (AStar).
    [TestCase(3, 33)]
    [TestCase(4, 54)]
    [TestCase(5, 81)]
    [TestCase(10, 306)]
    [TestCase(15, 681)]
    [TestCase(20, 1206)]
    [TestCase(30, 2706)]
    public void Prompts_of_passages_are_as_long_as_published(int size, int expected)
    {
        var vocabulary = new MazeVocabulary(MazeKind.Dfs, size);
        foreach (var task in MazeStream.Read(MazeKind.Dfs, size, MazeSplit.Training, seed: 1).Take(20))
        {
            var ids = MazeTokenWriter.Write(vocabulary, task);

            Assert.That(Array.IndexOf(ids, vocabulary.PathStart) + 1, Is.EqualTo(expected));
            Assert.That(ids, Has.Length.EqualTo(expected + task.Path.Count + 1));
            Assert.That(ids[^1], Is.EqualTo(vocabulary.PathEnd));
        }
    }

    [Test]
    public void Prompts_of_walls_have_three_tokens_a_wall()
    {
        var vocabulary = new MazeVocabulary(MazeKind.AStar, 10);
        foreach (var task in MazeStream.Read(MazeKind.AStar, 10, MazeSplit.Training, seed: 1).Take(200))
        {
            var ids = MazeTokenWriter.Write(vocabulary, task);

            Assert.That(Array.IndexOf(ids, vocabulary.PathStart) + 1, Is.EqualTo(7 + (3 * task.Maze.Walls.Count())));
            Assert.That(ids[(Array.IndexOf(ids, vocabulary.PathStart) + 1)..], Has.Length.EqualTo(2 + (3 * task.Path.Count)));
        }
    }

    [Test]
    public void Walls_are_sorted_and_x_stands_before_y()
    {
        var vocabulary = new MazeVocabulary(MazeKind.AStar, 4);
        var task = new MazeTask(Maze.FromWalls(4, [9, 1], 0, 11), [0, 4, 5, 6, 7, 11], RandomKey.FromSeed(1));

        var line = vocabulary.Decode(MazeTokenWriter.Write(vocabulary, task));

        Assert.That(line, Is.EqualTo("start 0 0 goal 3 2 wall 1 0 wall 1 2 <PATH_START> bos plan 0 0 plan 0 1 plan 1 1 plan 2 1 plan 3 1 plan 3 2 eos"));
    }

    [Test]
    public void Passages_are_in_any_order_and_either_way_round()
    {
        var vocabulary = new MazeVocabulary(MazeKind.Dfs, 3);
        var maze = Maze.FromPassages(3, [(0, 1), (1, 2)], 0, 2);

        var lines = Enumerable.Range(0, 200).Select(seed => vocabulary.Decode(MazeTokenWriter.Write(vocabulary, new MazeTask(maze, [0, 1, 2], RandomKey.FromSeed(seed))))).ToHashSet();

        Assert.That(lines, Has.Count.EqualTo(8));
        Assert.That(lines, Does.Contain("<ADJLIST_START> (0,2) (0,1) ; (0,0) (0,1) ; <ADJLIST_END> <ORIGIN_START> (0,0) <ORIGIN_END> <TARGET_START> (0,2) <TARGET_END> <PATH_START> (0,0) (0,1) (0,2) <PATH_END>"));
    }

    [Test]
    public void A_vocabulary_of_another_size_is_refused()
    {
        var task = new MazeTask(Maze.FromPassages(3, [], 0, 0), [0], RandomKey.FromSeed(1));

        Assert.Throws<ArgumentException>(() => MazeTokenWriter.Write(new MazeVocabulary(MazeKind.Dfs, 4), task));
    }
}
