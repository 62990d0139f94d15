using Granary.Core.Configuration;

namespace Granary.Pipelines.Mazes;

/// <summary>Which mazes a run learns from and is measured on.</summary>
public sealed record MazeDataConfig : IConfigSection
{
    /// <summary>The word for <see cref="MazeKind.Dfs"/>.</summary>
    public const string Dfs = "dfs";

    /// <summary>The word for <see cref="MazeKind.AStar"/>.</summary>
    public const string AStar = "astar";

    private const string PathTargets = "path";
    private const string AllTargets = "all";

    /// <summary>How mazes are laid out: <c>dfs</c>, spanning trees, the default; <c>astar</c>, walls.</summary>
    public string Kind { get; init; } = Dfs;

    /// <summary>Cells in a row, and rows. Default 10.</summary>
    public int Size { get; init; } = 10;

    /// <summary>Mazes to learn from. Default 98,000, as in the paper.</summary>
    public int TrainingMazes { get; init; } = 98_000;

    /// <summary>Mazes to measure on, whose layouts are none of the others'. Default 2,000, as in the paper.</summary>
    public int ValidationMazes { get; init; } = 2_000;

    /// <summary>Mazes in a step. Default 16.</summary>
    public int RowsPerStep { get; init; } = 16;

    /// <summary>The tokens to be predicted: <c>path</c>, those of the answer, the default; <c>all</c>, the maze's too.</summary>
    public string Targets { get; init; } = PathTargets;

    /// <summary>The kind, once validated.</summary>
    public MazeKind ToKind()
    {
        return KindOf(Kind);
    }

    /// <summary>The targets, once validated.</summary>
    public MazeTargets ToTargets()
    {
        return Targets == PathTargets ? MazeTargets.Path : MazeTargets.All;
    }

    /// <inheritdoc/>
    public void Validate(string path, ConfigurationErrors errors)
    {
        errors.Require(Kind is Dfs or AStar, $"{path}.kind", Kind, $"'{Dfs}' or '{AStar}'");
        RequireSize(KindOf(Kind), Size, $"{path}.size", errors);
        errors.Require(TrainingMazes > 0, $"{path}.training_mazes", TrainingMazes, "1 or more");
        errors.Require(ValidationMazes > 0, $"{path}.validation_mazes", ValidationMazes, "1 or more");
        errors.Require(RowsPerStep > 0, $"{path}.rows_per_step", RowsPerStep, "1 or more");
        errors.Require(Targets is PathTargets or AllTargets, $"{path}.targets", Targets, $"'{PathTargets}' or '{AllTargets}'");
    }

    /// <summary>The kind that a word stands for; what is no such word counts as <see cref="MazeKind.Dfs"/>.</summary>
    public static MazeKind KindOf(string word)
    {
        return word == AStar ? MazeKind.AStar : MazeKind.Dfs;
    }

    /// <summary>Adds a fault unless there are mazes of the size.</summary>
    public static void RequireSize(MazeKind kind, int size, string path, ConfigurationErrors errors)
    {
        var smallest = Maze.SmallestSize(kind);
        errors.Require(size >= smallest && size <= Maze.LargestSize, path, size, $"{smallest} to {Maze.LargestSize} for {(kind == MazeKind.Dfs ? Dfs : AStar)} mazes");
    }
}
