namespace Granary.Pipelines.Mazes.Tests;

public sealed class MazeVocabularyTests
{
    [TestCase(3, 23, 128)]
    [TestCase(4, 30, 128)]
    [TestCase(5, 39, 128)]
    [TestCase(10, 114, 128)]
    [TestCase(15, 239, 256)]
    [TestCase(20, 414, 512)]
    [TestCase(30, 914, 1024)]
    public void A_vocabulary_of_cells_is_as_large_as_published(int size, int count, int padded)
    {
        var vocabulary = new MazeVocabulary(MazeKind.Dfs, size);

        Assert.That((vocabulary.Count, vocabulary.PaddedCount), Is.EqualTo((count, padded)));
    }

    [TestCase(MazeKind.Dfs, 10)]
    [TestCase(MazeKind.AStar, 30)]
    public void Every_token_has_its_own_id(MazeKind kind, int size)
    {
        var vocabulary = new MazeVocabulary(kind, size);

        var ids = Enumerable.Range(0, vocabulary.Count);

        Assert.That(ids.Select(id => vocabulary.IdOf(vocabulary.TextOf(id))), Is.EqualTo(ids));
        Assert.That(vocabulary.Encode(vocabulary.Decode(ids)), Is.EqualTo(ids));
    }

    [Test]
    public void The_largest_vocabulary_fits_two_bytes()
    {
        Assert.That(new MazeVocabulary(MazeKind.Dfs, Maze.LargestSize).Count, Is.LessThanOrEqualTo(1 << 16));
    }

    [Test]
    public void What_is_no_token_is_unknown()
    {
        var vocabulary = new MazeVocabulary(MazeKind.AStar, 10);

        Assert.That(vocabulary.Encode("start 10  c5\tgoal"), Is.EqualTo(new[] { vocabulary.IdOf("start"), vocabulary.Unknown, vocabulary.Unknown, vocabulary.IdOf("goal") }));
        Assert.That(vocabulary.Decode([vocabulary.Count, -1]), Is.EqualTo("[UNK] [UNK]"));
    }
}
