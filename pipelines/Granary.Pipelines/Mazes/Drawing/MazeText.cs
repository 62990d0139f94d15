using System.Text;

namespace Granary.Pipelines.Mazes.Drawing;

/// <summary>
/// Draws a maze in box-drawing characters: thin lines and filled cells are walls, S and G start and goal, heavy lines the
/// right part of the path, double ones the wrong part, points the solution where the path does not go.
/// </summary>
/// <remarks>
/// The drawing is a lattice of 2n + 1 by 2n + 1 places. Odd places are cells, or the ways between them; even ones are walls
/// or corners. Columns of odd places are three characters wide, others one.
/// </remarks>
public sealed class MazeText
{
    // By the arms of a place: up 1, right 2, down 4, left 8.
    private const string Light = " ╵╶└╷│┌├╴┘─┴┐┤┬┼";
    private const string Heavy = " ╹╺┗╻┃┏┣╸┛━┻┓┫┳╋";
    private const string Double = " ║═╚║║╔╠═╝═╩╗╣╦╬";

    private const string Plain = "\e[0m";
    private static readonly string[] Colours = [Plain, "\e[2m", "\e[32m", "\e[31m", "\e[1m"];

    private readonly Maze _maze;
    private readonly int _places;
    private readonly LineArms[,] _right;
    private readonly LineArms[,] _wrong;
    private readonly bool[,] _isMissed;

    private MazeText(Maze maze)
    {
        _maze = maze;
        _places = (2 * maze.Size) + 1;
        _right = new LineArms[_places, _places];
        _wrong = new LineArms[_places, _places];
        _isMissed = new bool[_places, _places];
    }

    // What a character belongs to, an index into the colours.
    private enum Ink
    {
        None,
        Wall,
        Right,
        Wrong,
        Mark,
    }

    /// <summary>The lines of the drawing, top first, with terminal colours or without.</summary>
    public static IReadOnlyList<string> Draw(MazePicture picture, bool isColoured)
    {
        var text = new MazeText(picture.Maze);
        for (var step = 0; step + 1 < picture.Path.Count; step++)
        {
            text.AddStep(picture.Path[step], picture.Path[step + 1], picture.IsRightStep(step) ? text._right : text._wrong);
        }

        foreach (var cell in picture.MissedCells())
        {
            var (row, column) = PlaceOf(picture.Maze, cell);
            text._isMissed[row, column] = true;
        }

        return [.. Enumerable.Range(0, text._places).Select(row => text.Line(row, isColoured))];
    }

    private static (int Row, int Column) PlaceOf(Maze maze, int cell)
    {
        return ((2 * (cell / maze.Size)) + 1, (2 * (cell % maze.Size)) + 1);
    }

    // A jump has no line: only steps to a neighbour are drawn, walls in between or not.
    private void AddStep(int from, int to, LineArms[,] lines)
    {
        if (!_maze.AreNeighbours(from, to))
        {
            return;
        }

        var ((row, column), (otherRow, otherColumn)) = (PlaceOf(_maze, from), PlaceOf(_maze, to));
        var (down, right) = (Math.Sign(otherRow - row), Math.Sign(otherColumn - column));
        var (leaving, arriving) = (down, right) switch
        {
            ( > 0, _) => (LineArms.Down, LineArms.Up),
            ( < 0, _) => (LineArms.Up, LineArms.Down),
            (_, > 0) => (LineArms.Right, LineArms.Left),
            _ => (LineArms.Left, LineArms.Right),
        };
        lines[row, column] |= leaving;
        lines[row + down, column + right] |= leaving | arriving;
        lines[otherRow, otherColumn] |= arriving;
    }

    private string Line(int row, bool isColoured)
    {
        var line = new StringBuilder();
        var last = Ink.None;
        for (var column = 0; column < _places; column++)
        {
            foreach (var (character, ink) in column % 2 == 0 ? [Character(row, column)] : Wide(row, column))
            {
                if (isColoured && ink != last && character != ' ')
                {
                    line.Append(last == Ink.None ? string.Empty : Plain).Append(ink == Ink.None ? string.Empty : Colours[(int)ink]);
                    last = ink;
                }

                line.Append(character);
            }
        }

        return line.ToString().TrimEnd() + (last == Ink.None ? string.Empty : Plain);
    }

    private (char Character, Ink Ink)[] Wide(int row, int column)
    {
        var middle = Character(row, column);
        if (middle.Ink == Ink.Wall)
        {
            return [middle, middle, middle];
        }

        if (row % 2 == 0)
        {
            var side = HasLine(row, column) ? ('─', Ink.Wall) : (' ', Ink.None);
            return [side, middle, side];
        }

        if (_maze.Start == _maze.Goal && CellAt(row, column) == _maze.Start)
        {
            return [('S', Ink.Mark), ('=', Ink.Mark), ('G', Ink.Mark)];
        }

        return [Side(row, column, LineArms.Left), middle, Side(row, column, LineArms.Right)];
    }

    private (char Character, Ink Ink) Side(int row, int column, LineArms arm)
    {
        return _right[row, column].HasFlag(arm) ? ('━', Ink.Right) : _wrong[row, column].HasFlag(arm) ? ('═', Ink.Wrong) : (' ', Ink.None);
    }

    private (char Character, Ink Ink) Character(int row, int column)
    {
        var (right, wrong) = (_right[row, column], _wrong[row, column]);
        return (row % 2, column % 2) switch
        {
            (1, 1) when CellAt(row, column) == _maze.Start => ('S', Ink.Mark),
            (1, 1) when CellAt(row, column) == _maze.Goal => ('G', Ink.Mark),
            _ when right != LineArms.None => (Heavy[(int)(right | wrong)], Ink.Right),
            _ when wrong != LineArms.None => (Double[(int)wrong], Ink.Wrong),
            (1, 1) => CellCharacter(row, column),
            (0, 0) => CornerCharacter(row, column),
            _ => WayCharacter(row, column),
        };
    }

    private (char Character, Ink Ink) CellCharacter(int row, int column)
    {
        return _maze.IsWall(CellAt(row, column)) ? ('█', Ink.Wall) : _isMissed[row, column] ? ('·', Ink.Right) : (' ', Ink.None);
    }

    private (char Character, Ink Ink) WayCharacter(int row, int column)
    {
        if (HasLine(row, column))
        {
            return (row % 2 == 0 ? '─' : '│', Ink.Wall);
        }

        var (before, after) = row % 2 == 0 ? (CellAt(row - 1, column), CellAt(row + 1, column)) : (CellAt(row, column - 1), CellAt(row, column + 1));
        return _maze.IsWall(before) && _maze.IsWall(after) ? ('█', Ink.Wall) : (' ', Ink.None);
    }

    private (char Character, Ink Ink) CornerCharacter(int row, int column)
    {
        var arms = (row > 0 && HasLine(row - 1, column) ? LineArms.Up : LineArms.None)
            | (column < _places - 1 && HasLine(row, column + 1) ? LineArms.Right : LineArms.None)
            | (row < _places - 1 && HasLine(row + 1, column) ? LineArms.Down : LineArms.None)
            | (column > 0 && HasLine(row, column - 1) ? LineArms.Left : LineArms.None);
        if (arms != LineArms.None)
        {
            return (Light[(int)arms], Ink.Wall);
        }

        int[] around = [CellAt(row - 1, column - 1), CellAt(row - 1, column + 1), CellAt(row + 1, column - 1), CellAt(row + 1, column + 1)];
        return around.All(_maze.IsWall) ? ('█', Ink.Wall) : (' ', Ink.None);
    }

    // Whether a wall's line goes along the place between two cells; the walls of an AStar maze are cells, only its rim is a line.
    private bool HasLine(int row, int column)
    {
        if (row == 0 || column == 0 || row == _places - 1 || column == _places - 1)
        {
            return true;
        }

        return _maze.Kind == MazeKind.Dfs && !(row % 2 == 0
            ? _maze.CanStep(CellAt(row - 1, column), CellAt(row + 1, column))
            : _maze.CanStep(CellAt(row, column - 1), CellAt(row, column + 1)));
    }

    private int CellAt(int row, int column)
    {
        return (row / 2 * _maze.Size) + (column / 2);
    }
}
