namespace Granary.Pipelines.Mazes.Tests;

public sealed class MazeTests
{
    // 0 - 1   2
    // |       |
    // 3 - 4 - 5
    private static readonly (int, int)[] Passages = [(0, 1), (0, 3), (2, 5), (3, 4), (4, 5)];

    [Test]
    public void Passages_come_back_whichever_way_round_they_were_given()
    {
        var maze = Maze.FromPassages(3, [(1, 0), (3, 0), (5, 2), (4, 3), (4, 5)], 0, 2);

        Assert.That(maze.Passages, Is.EqualTo(Passages));
        Assert.That(maze.Walls, Is.Empty);
    }

    [Test]
    public void Walls_come_back_in_order()
    {
        var maze = Maze.FromWalls(4, [9, 2, 15], 0, 5);

        Assert.That(maze.Walls, Is.EqualTo(new[] { 2, 9, 15 }));
    }

    [TestCase(0, 1, true, Description = "a passage to the right")]
    [TestCase(5, 2, true, Description = "a passage up")]
    [TestCase(1, 2, false, Description = "neighbours without a passage")]
    [TestCase(2, 3, false, Description = "the end of a row and the start of the next")]
    [TestCase(0, 4, false, Description = "across a corner")]
    [TestCase(0, 0, false, Description = "staying")]
    [TestCase(0, -1, false, Description = "out of the grid")]
    [TestCase(8, 11, false, Description = "below the grid")]
    [TestCase(int.MinValue, int.MaxValue, false, Description = "no cells at all")]
    public void A_step_needs_a_passage_between_neighbours(int from, int to, bool expected)
    {
        var maze = Maze.FromPassages(3, Passages, 0, 2);

        Assert.That(maze.CanStep(from, to), Is.EqualTo(expected));
    }

    [TestCase(0, 1, true, Description = "between free cells")]
    [TestCase(1, 2, false, Description = "onto a wall")]
    [TestCase(2, 1, false, Description = "out of a wall")]
    [TestCase(3, 4, false, Description = "the end of a row and the start of the next")]
    public void A_step_needs_two_free_cells(int from, int to, bool expected)
    {
        var maze = Maze.FromWalls(4, [2], 0, 5);

        Assert.That(maze.CanStep(from, to), Is.EqualTo(expected));
    }

    [Test]
    public void Mazes_are_equal_when_all_of_them_is()
    {
        var maze = Maze.FromPassages(3, Passages, 0, 2);

        Assert.Multiple(() =>
        {
            Assert.That(Maze.FromPassages(3, Passages.Reverse(), 0, 2), Is.EqualTo(maze));
            Assert.That(maze.With(1, 2), Is.Not.EqualTo(maze));
            Assert.That(Maze.FromPassages(3, Passages.Skip(1), 0, 2), Is.Not.EqualTo(maze));
            Assert.That(Maze.FromWalls(3, [], 0, 2), Is.Not.EqualTo(Maze.FromPassages(3, [], 0, 2)));
        });
    }

    [Test]
    public void The_layout_alone_decides_the_side()
    {
        foreach (var task in MazeStream.Read(MazeKind.AStar, 5, MazeSplit.Validation, seed: 1).Take(500))
        {
            Assert.That(task.Maze.With(task.Maze.Goal, task.Maze.Start).Split, Is.EqualTo(MazeSplit.Validation));
        }
    }

    [Test]
    public void A_passage_between_cells_that_are_no_neighbours_is_refused()
    {
        var thrown = Assert.Throws<ArgumentException>(() => Maze.FromPassages(3, [(2, 3)], 0, 0));

        Assert.That(thrown.Message, Does.Contain("'2' and '3'"));
    }
}
