using System.CommandLine;
using Granary.Core.Configuration;
using Granary.Pipelines.Mazes;

namespace Granary.Cli.Commands;

/// <summary>`granary mazes`: maze tasks, whose answers can be judged.</summary>
internal static class MazesCommand
{
    internal static Command Build(TimeProvider time)
    {
        return new Command("mazes", "Generates and draws maze tasks, trains models on them and measures those.")
        {
            MazesGenerateCommand.Build(),
            MazesTrainCommand.Build(time),
            MazesScoreCommand.Build(),
            MazesShowCommand.Build(),
        };
    }

    /// <summary>The option that names a kind.</summary>
    internal static Option<string> Kind()
    {
        return new Option<string>("--kind") { Description = "dfs: passages that form a tree; astar: scattered walls.", DefaultValueFactory = _ => MazeDataConfig.Dfs }.AcceptOnlyFromAmong(MazeDataConfig.Dfs, MazeDataConfig.AStar);
    }

    /// <summary>The option that names a size.</summary>
    internal static Option<int> Size()
    {
        return new Option<int>("--size") { Description = "Cells in a row, and rows.", DefaultValueFactory = _ => 10 };
    }

    /// <summary>The option that names a seed.</summary>
    internal static Option<long> Seed()
    {
        return new Option<long>("--seed") { Description = "Mazes of another seed are others.", DefaultValueFactory = _ => 1 };
    }

    /// <summary>The option that names a side.</summary>
    internal static Option<string> Split()
    {
        return new Option<string>("--split") { Description = "The side: training, or validation, which has other layouts.", DefaultValueFactory = _ => "training" }.AcceptOnlyFromAmong("training", "validation");
    }

    /// <summary>The side that a word stands for.</summary>
    internal static MazeSplit SplitOf(string word)
    {
        return word == "validation" ? MazeSplit.Validation : MazeSplit.Training;
    }

    /// <summary>Refuses a size that has no mazes.</summary>
    /// <exception cref="ConfigurationException">There are none.</exception>
    internal static void RequireSize(MazeKind kind, int size, string command)
    {
        var errors = new ConfigurationErrors();
        MazeDataConfig.RequireSize(kind, size, "--size", errors);
        errors.ThrowIfAny(command);
    }
}
