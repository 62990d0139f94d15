namespace Granary.Pipelines.Mazes.Drawing;

/// <summary>What is drawn of a maze: a path, which is right up to some cell, and the solution beside it.</summary>
public sealed record MazePicture
{
    /// <summary>The maze.</summary>
    public required Maze Maze { get; init; }

    /// <summary>The cells of the path; any numbers, those outside of the grid are not drawn.</summary>
    public required IReadOnlyList<int> Path { get; init; }

    /// <summary>How many of the path's first cells are right.</summary>
    public required int RightCells { get; init; }

    /// <summary>The cells of the solution, which are marked where the path does not go; empty marks none.</summary>
    public IReadOnlyList<int> Solution { get; init; } = [];

    /// <summary>A maze with its solution as the path.</summary>
    public static MazePicture Of(Maze maze, IReadOnlyList<int> solution)
    {
        return new MazePicture { Maze = maze, Path = solution, RightCells = solution.Count };
    }

    /// <summary>A maze with the path that was judged.</summary>
    public static MazePicture Of(Maze maze, IReadOnlyList<int> solution, PathVerdict verdict)
    {
        return new MazePicture { Maze = maze, Path = verdict.Cells, RightCells = verdict.RightCells, Solution = solution };
    }

    /// <summary>Whether a step of the path, counted from 0, leads to a right cell.</summary>
    internal bool IsRightStep(int step)
    {
        return step + 1 < RightCells;
    }

    /// <summary>The cells of the solution that the path does not go through.</summary>
    internal IEnumerable<int> MissedCells()
    {
        return Solution.Except(Path);
    }
}
