using System.Globalization;
using System.Text;

namespace Granary.Pipelines.Mazes.Drawing;

/// <summary>Draws a maze as an SVG: no background, and colours that are seen on light and dark ones alike.</summary>
public static class MazeSvg
{
    private const int Unit = 20; // a cell's side
    private const int Margin = 6;
    private const string WallColour = "#8a8f98";
    private const string RightColour = "#1f9d73";
    private const string WrongColour = "#e0563b";

    /// <summary>The whole file: a disc is the start, a ring the goal; the right part of the path is a full line, the wrong part a dashed one.</summary>
    public static string Draw(MazePicture picture)
    {
        var maze = picture.Maze;
        var side = (maze.Size * Unit) + (2 * Margin);
        var svg = new StringBuilder();
        svg.Append(Text($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{-Margin} {-Margin} {side} {side}\" width=\"{side}\" height=\"{side}\" role=\"img\">\n"));
        svg.Append(Text($"<title>Maze of {maze.Size} by {maze.Size} cells; of a path of {picture.Path.Count} cells {picture.RightCells} are right</title>\n"));
        AppendWalls(svg, maze);
        AppendMissed(svg, picture);
        AppendPath(svg, picture);
        AppendEnds(svg, maze);
        return svg.Append("</svg>\n").ToString();
    }

    private static void AppendWalls(StringBuilder svg, Maze maze)
    {
        if (maze.Kind == MazeKind.AStar)
        {
            var cells = string.Concat(maze.Walls.Select(cell => Text($"M{cell % maze.Size * Unit} {cell / maze.Size * Unit}h{Unit}v{Unit}h-{Unit}z")));
            svg.Append(Text($"<path d=\"{cells}\" fill=\"{WallColour}\"/>\n"));
        }

        var side = maze.Size * Unit;
        var lines = string.Concat(WallLines(maze));
        svg.Append(Text($"<path d=\"M0 0h{side}v{side}h-{side}z{lines}\" fill=\"none\" stroke=\"{WallColour}\" stroke-width=\"2\" stroke-linecap=\"round\"/>\n"));
    }

    // Between neighbours without a passage; the walls of an AStar maze are cells and have none.
    private static IEnumerable<string> WallLines(Maze maze)
    {
        for (var cell = 0; maze.Kind == MazeKind.Dfs && cell < maze.CellCount; cell++)
        {
            var (x, y) = ((cell % maze.Size * Unit) + Unit, (cell / maze.Size * Unit) + Unit);
            if (maze.AreNeighbours(cell, cell + 1) && !maze.CanStep(cell, cell + 1))
            {
                yield return Text($"M{x} {y - Unit}v{Unit}");
            }

            if (maze.AreNeighbours(cell, cell + maze.Size) && !maze.CanStep(cell, cell + maze.Size))
            {
                yield return Text($"M{x - Unit} {y}h{Unit}");
            }
        }
    }

    private static void AppendMissed(StringBuilder svg, MazePicture picture)
    {
        foreach (var cell in picture.MissedCells())
        {
            svg.Append(Text($"<circle cx=\"{X(picture.Maze, cell)}\" cy=\"{Y(picture.Maze, cell)}\" r=\"2\" fill=\"{RightColour}\"/>\n"));
        }
    }

    private static void AppendPath(StringBuilder svg, MazePicture picture)
    {
        var cells = picture.Path.Where(cell => cell >= 0 && cell < picture.Maze.CellCount).ToList();
        AppendLine(svg, picture.Maze, cells.Take(picture.RightCells).ToList(), RightColour, string.Empty);

        // The wrong part begins in the last right cell.
        AppendLine(svg, picture.Maze, cells.Skip(Math.Max(0, picture.RightCells - 1)).ToList(), WrongColour, " stroke-dasharray=\"6 4\"", picture.RightCells < cells.Count);
    }

    private static void AppendLine(StringBuilder svg, Maze maze, List<int> cells, string colour, string dashes, bool isWanted = true)
    {
        if (isWanted && cells.Count > 1)
        {
            var points = string.Join(' ', cells.Select(cell => Text($"{X(maze, cell)},{Y(maze, cell)}")));
            svg.Append(Text($"<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"5\" stroke-linejoin=\"round\" stroke-linecap=\"round\"{dashes}/>\n"));
        }
    }

    private static void AppendEnds(StringBuilder svg, Maze maze)
    {
        svg.Append(Text($"<circle cx=\"{X(maze, maze.Start)}\" cy=\"{Y(maze, maze.Start)}\" r=\"5\" fill=\"{RightColour}\"><title>start</title></circle>\n"));
        svg.Append(Text($"<circle cx=\"{X(maze, maze.Goal)}\" cy=\"{Y(maze, maze.Goal)}\" r=\"7\" fill=\"none\" stroke=\"{RightColour}\" stroke-width=\"3\"><title>goal</title></circle>\n"));
    }

    private static int X(Maze maze, int cell)
    {
        return (cell % maze.Size * Unit) + (Unit / 2);
    }

    private static int Y(Maze maze, int cell)
    {
        return (cell / maze.Size * Unit) + (Unit / 2);
    }

    private static string Text(FormattableString text)
    {
        return text.ToString(CultureInfo.InvariantCulture);
    }
}
