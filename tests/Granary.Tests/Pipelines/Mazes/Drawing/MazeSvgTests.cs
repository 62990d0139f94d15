using System.Xml.Linq;

namespace Granary.Pipelines.Mazes.Drawing.Tests;

public sealed class MazeSvgTests
{
    private static readonly Maze Tree = Maze.FromPassages(3, [(0, 1), (0, 3), (2, 5), (3, 4), (4, 5), (3, 6), (6, 7), (7, 8)], 0, 2);

    [Test]
    public void A_solution_is_one_line_through_its_cells()
    {
        var svg = Draw(MazePicture.Of(Tree, [0, 3, 4, 5, 2]));

        Assert.That(Lines(svg), Is.EqualTo(new[] { "10,10 10,30 30,30 50,30 50,10" }));
        Assert.That(svg.Descendants().Count(element => element.Name.LocalName == "circle"), Is.EqualTo(2), "start and goal");
    }

    [Test]
    public void The_wrong_part_begins_where_the_right_one_ends()
    {
        var svg = Draw(new MazePicture { Maze = Tree, Path = [0, 3, 6, 7], RightCells = 2, Solution = [0, 3, 4, 5, 2] });

        Assert.That(Lines(svg), Is.EqualTo(new[] { "10,10 10,30", "10,30 10,50 30,50" }));
        Assert.That(svg.Descendants().Count(element => element.Attribute("r")?.Value == "2"), Is.EqualTo(3), "missed cells");
    }

    [Test]
    public void Every_wall_is_drawn_once()
    {
        var walls = Draw(MazePicture.Of(Tree, [])).Descendants().Single(element => element.Name.LocalName == "path").Attribute("d")!.Value;

        // Of twelve pairs of neighbours eight have a passage; the rim is one line.
        Assert.That(walls.Count(letter => letter == 'M'), Is.EqualTo(1 + 4));
    }

    [Test]
    public void Walls_of_cells_are_squares()
    {
        var svg = Draw(MazePicture.Of(Maze.FromWalls(4, [5, 12], 0, 10), [0, 1, 2, 6, 10]));

        Assert.That(svg.Descendants().First(element => element.Name.LocalName == "path").Attribute("d")!.Value, Is.EqualTo("M20 20h20v20h-20zM0 60h20v20h-20z"));
    }

    [Test]
    public void Nonsense_is_drawn_inside_the_grid()
    {
        var svg = Draw(new MazePicture { Maze = Tree, Path = [-7, 1, 1_000, 8], RightCells = 0 });

        Assert.That(Lines(svg), Is.EqualTo(new[] { "30,10 50,50" }));
    }

    private static XDocument Draw(MazePicture picture)
    {
        return XDocument.Parse(MazeSvg.Draw(picture));
    }

    private static IEnumerable<string> Lines(XDocument svg)
    {
        return svg.Descendants().Where(element => element.Name.LocalName == "polyline").Select(element => element.Attribute("points")!.Value);
    }
}
