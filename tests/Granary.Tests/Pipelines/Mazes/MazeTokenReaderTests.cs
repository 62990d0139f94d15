namespace Granary.Pipelines.Mazes.Tests;

public sealed class MazeTokenReaderTests
{
    [TestCase(MazeKind.Dfs, 3)]
    [TestCase(MazeKind.Dfs, 12)]
    [TestCase(MazeKind.AStar, 4)]
    [TestCase(MazeKind.AStar, 12)]
    public void What_is_written_is_read_as_the_same_maze_and_path(MazeKind kind, int size)
    {
        var vocabulary = new MazeVocabulary(kind, size);
        foreach (var task in MazeStream.Read(kind, size, MazeSplit.Training, seed: 5).Take(200))
        {
            var ids = MazeTokenWriter.Write(vocabulary, task);

            var maze = MazeTokenReader.Read(vocabulary, ids, out var fault);
            var path = MazeTokenReader.ReadPath(vocabulary, ids[(Array.IndexOf(ids, vocabulary.PathStart) + 1)..]);
            Assert.That(fault, Is.Null);
            Assert.That(maze, Is.EqualTo(task.Maze));
            Assert.That(path.Cells, Is.EqualTo(task.Path));
            Assert.That((path.HasEnd, path.IsBroken), Is.EqualTo((true, false)));
        }
    }

    [TestCase("<ADJLIST_START> (0,0) (0,1) ;", "'<PATH_START>', with which every prompt ends", Description = "no end")]
    [TestCase("(0,0) (0,1) ; <PATH_START>", "Token 1 is '(0,0)' but must be '<ADJLIST_START>'", Description = "no beginning")]
    [TestCase("<ADJLIST_START> (0,0) (1,1) ; <ADJLIST_END> <PATH_START>", "Token 2 is '(0,0)' but must be a passage between two neighbouring cells", Description = "across a corner")]
    [TestCase("<ADJLIST_START> (0,0) (0,3) ; <ADJLIST_END> <PATH_START>", "Token 3 is '[UNK]' but must be a cell in a maze of 3 by 3", Description = "a cell of a larger maze")]
    [TestCase("<ADJLIST_START> (0,0) (0,1) (0,1) (0,2) ; <ADJLIST_END> <PATH_START>", "Token 4 is '(0,1)' but must be ';'", Description = "a missing separator")]
    [TestCase("<ADJLIST_START> <ADJLIST_END> <ORIGIN_START> (0,0) <ORIGIN_END> <PATH_START>", "Token 6 is '<PATH_START>' but must be '<TARGET_START>'", Description = "no goal")]
    [TestCase("<ADJLIST_START> <ADJLIST_END> <ORIGIN_START> (0,0) <ORIGIN_END> <TARGET_START> (0,0) <TARGET_END> ; <PATH_START>", "Token 9 is ';' but must be <PATH_START>", Description = "something behind the goal")]
    public void What_is_no_maze_of_passages_is_said_in_a_sentence(string line, string expected)
    {
        Expect(new MazeVocabulary(MazeKind.Dfs, 3), line, expected);
    }

    [TestCase("goal 0 0 start 1 1 <PATH_START>", "Token 1 is 'goal' but must be 'start'", Description = "the wrong way round")]
    [TestCase("start 0 0 goal 1 <PATH_START>", "Token 6 is '<PATH_START>' but must be a number", Description = "half a cell")]
    [TestCase("start 0 0 goal 1 4 wall 0 1 <PATH_START>", "Token 6 is '[UNK]' but must be a number in a maze of 4 by 4", Description = "a cell of a larger maze")]
    [TestCase("start 0 0 goal 1 1 plan 0 1 <PATH_START>", "Token 7 is 'plan' but must be 'wall'", Description = "a plan among the walls")]
    public void What_is_no_maze_of_walls_is_said_in_a_sentence(string line, string expected)
    {
        Expect(new MazeVocabulary(MazeKind.AStar, 4), line, expected);
    }

    private static void Expect(MazeVocabulary vocabulary, string line, string expected)
    {
        var maze = MazeTokenReader.Read(vocabulary, vocabulary.Encode(line), out var fault);

        Assert.That(maze, Is.Null);
        Assert.That(fault, Does.Contain(expected));
    }
}
