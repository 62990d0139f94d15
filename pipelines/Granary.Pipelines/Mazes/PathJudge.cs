namespace Granary.Pipelines.Mazes;

/// <summary>Judges answers to mazes of one kind and size; whatever a model writes gets a verdict.</summary>
/// <remarks>One thread at a time may call it.</remarks>
public sealed class PathJudge
{
    private readonly MazeVocabulary _vocabulary;
    private readonly AStarSolver _solver;

    /// <summary>Creates a judge of a vocabulary's mazes.</summary>
    public PathJudge(MazeVocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        _solver = new AStarSolver(vocabulary.Size);
    }

    /// <summary>The verdict on the tokens that follow a prompt; the reference is the path that <see cref="AStarSolver"/> finds.</summary>
    public PathVerdict Judge(Maze maze, ReadOnlySpan<int> answer)
    {
        MazeTokenWriter.Check(_vocabulary, maze);
        var reference = MazeTokenWriter.WritePath(_vocabulary, _solver.Solve(maze));
        var reading = MazeTokenReader.ReadPath(_vocabulary, answer);
        var (rightCells, fault) = Walk(maze, reading);
        var common = Math.Min(reference.Length, answer.Length);
        var rightTokens = 0;
        for (var i = 0; i < common; i++)
        {
            rightTokens += answer[i] == reference[i] ? 1 : 0;
        }

        return new PathVerdict
        {
            Cells = reading.Cells,
            RightCells = rightCells,
            Fault = fault,
            FaultAt = fault == PathFault.None ? -1 : rightCells < reading.Cells.Count ? PlaceOfCell(rightCells) : reading.StoppedAt,
            IsExact = rightTokens == reference.Length,
            IsValid = IsValid(maze, reading),
            ReferenceTokens = reference.Length,
            RightTokens = rightTokens,
        };
    }

    private static (int RightCells, PathFault Fault) Walk(Maze maze, PathReading reading)
    {
        var distances = MazeDistances.ToGoal(maze);
        for (var i = 0; i < reading.Cells.Count; i++)
        {
            var fault = i == 0 ? FaultOfStart(maze, reading.Cells[0]) : FaultOfStep(maze, distances, reading.Cells[i - 1], reading.Cells[i]);
            if (fault != PathFault.None)
            {
                return (i, fault);
            }
        }

        return (reading.Cells.Count, FaultOfEnd(maze, reading));
    }

    private static PathFault FaultOfStart(Maze maze, int cell)
    {
        return cell == maze.Start ? PathFault.None : PathFault.WrongStart;
    }

    private static PathFault FaultOfStep(Maze maze, int[] distances, int from, int to)
    {
        if (!maze.CanStep(from, to))
        {
            return maze.AreNeighbours(from, to) ? PathFault.ThroughWall : PathFault.Jump;
        }

        return distances[to] < distances[from] ? PathFault.None : PathFault.Detour;
    }

    private static PathFault FaultOfEnd(Maze maze, PathReading reading)
    {
        return reading switch
        {
            { IsBroken: true } => PathFault.NotAPath,
            { HasEnd: false } => PathFault.CutOff,
            _ => reading.Cells.Count > 0 && reading.Cells[^1] == maze.Goal ? PathFault.None : PathFault.EndsEarly,
        };
    }

    private static bool IsValid(Maze maze, PathReading reading)
    {
        var cells = reading.Cells;
        return reading.HasEnd && cells.Count > 0 && cells[0] == maze.Start && cells[^1] == maze.Goal
            && Enumerable.Range(1, cells.Count - 1).All(i => maze.CanStep(cells[i - 1], cells[i]));
    }

    private int PlaceOfCell(int index)
    {
        return _vocabulary.Kind == MazeKind.Dfs ? index : 1 + (3 * index);
    }
}
