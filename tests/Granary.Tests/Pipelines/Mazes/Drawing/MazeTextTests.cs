namespace Granary.Pipelines.Mazes.Drawing.Tests;

public sealed class MazeTextTests
{
    private static readonly Maze Tree = Maze.FromPassages(3, [(0, 1), (0, 3), (2, 5), (3, 4), (4, 5), (3, 6), (6, 7), (7, 8)], 0, 2);
    private static readonly Maze Ring = Maze.FromWalls(4, [5, 12, 13, 14], 0, 10);

    [Test]
    public void A_solution_runs_from_start_to_goal()
    {
        var lines = MazeText.Draw(MazePicture.Of(Tree, [0, 3, 4, 5, 2]), isColoured: false);

        Assert.That(lines, Is.EqualTo(new[]
        {
            "┌───────┬───┐",
            "│ S     │ G │",
            "│ ┃ ╶───┘ ┃ │",
            "│ ┗━━━━━━━┛ │",
            "│   ╶───────┤",
            "│           │",
            "└───────────┘",
        }));
    }

    [Test]
    public void The_wrong_part_has_double_lines_through_walls_too_and_the_missed_solution_has_points()
    {
        var picture = new MazePicture { Maze = Tree, Path = [0, 3, 6, 7, 4], RightCells = 2, Solution = [0, 3, 4, 5, 2] };

        var lines = MazeText.Draw(picture, isColoured: false);

        Assert.That(lines, Is.EqualTo(new[]
        {
            "┌───────┬───┐",
            "│ S     │ G │",
            "│ ┃ ╶───┘   │",
            "│ ┃   ║   · │",
            "│ ║ ╶─║─────┤",
            "│ ╚═══╝     │",
            "└───────────┘",
        }));
    }

    [Test]
    public void Walls_of_cells_are_filled()
    {
        var lines = MazeText.Draw(MazePicture.Of(Ring, [0, 1, 2, 6, 10]), isColoured: false);

        Assert.That(lines, Is.EqualTo(new[]
        {
            "┌───────────────┐",
            "│ S━━━━━━━┓     │",
            "│         ┃     │",
            "│    ███  ┃     │",
            "│         ┃     │",
            "│         G     │",
            "│               │",
            "│███████████    │",
            "└───────────────┘",
        }));
    }

    [Test]
    public void Colours_change_nothing_else()
    {
        var picture = new MazePicture { Maze = Tree, Path = [0, 3, 6, 7, 4], RightCells = 2, Solution = [0, 3, 4, 5, 2] };

        var coloured = MazeText.Draw(picture, isColoured: true);

        Assert.That(coloured, Has.Some.Contains("\e[31m").And.Some.Contains("\e[32m"));
        Assert.That(coloured.Select(line => System.Text.RegularExpressions.Regex.Replace(line, "\e\\[\\d+m", string.Empty)), Is.EqualTo(MazeText.Draw(picture, isColoured: false)));
    }

    [Test]
    public void Nonsense_is_drawn_as_far_as_it_has_lines()
    {
        var picture = new MazePicture { Maze = Tree, Path = [0, 8, -5, 1_000, 2, 1, 1], RightCells = 1 };

        var lines = MazeText.Draw(picture, isColoured: false);

        Assert.That(lines[1], Is.EqualTo("│ S   ════G │"));
    }

    [Test]
    public void A_start_that_is_the_goal_says_so()
    {
        var lines = MazeText.Draw(MazePicture.Of(Tree.With(4, 4), [4]), isColoured: false);

        Assert.That(lines[3], Is.EqualTo("│    S=G    │"));
    }
}
