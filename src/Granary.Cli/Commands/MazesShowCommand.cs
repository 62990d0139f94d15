using System.CommandLine;
using Granary.Cli.Mazes;
using Granary.Cli.Terminal;
using Granary.Core;
using Granary.Core.Files;
using Granary.Pipelines.Mazes;
using Granary.Pipelines.Mazes.Drawing;

namespace Granary.Cli.Commands;

/// <summary>`granary mazes show`: a maze and its solution, or a given path and where it goes wrong.</summary>
internal static class MazesShowCommand
{
    private static readonly Option<string> Kind = MazesCommand.Kind();
    private static readonly Option<int> Size = MazesCommand.Size();
    private static readonly Option<long> Seed = MazesCommand.Seed();
    private static readonly Option<string> Split = MazesCommand.Split();
    private static readonly Option<int> Number = new("--number") { Description = "Which maze of the seed, or which line of the file, counted from 1.", DefaultValueFactory = _ => 1 };
    private static readonly Option<string?> File = new("--file") { Description = "Takes the maze from a file that 'mazes generate' wrote." };
    private static readonly Option<string?> Path = new("--path") { Description = "A path to draw and judge, in the tokens that follow <PATH_START>. Default: the solution." };
    private static readonly Option<string?> Model = new("--model") { Description = "Draws and judges the path that a model of 'mazes train' finds, in a maze of its own kind, size and seed that it has not seen." };
    private static readonly Option<string?> Svg = new("--svg") { Description = "Writes the drawing to a file too." };

    internal static Command Build()
    {
        var command = new Command("show", "Draws a maze with its solution, or with a path and where that goes wrong.");
        foreach (var option in (Option[])[Kind, Size, Seed, Split, Number, File, Path, Model, Svg])
        {
            command.Options.Add(option);
        }

        ThreadsOption.RequirePositive(Number);
        command.SetAction(arguments => Guard.Run(() =>
        {
            if (arguments.GetValue(Model) is { } folder)
            {
                ShowFound(folder, arguments.GetValue(Number), arguments.GetValue(Svg));
                return ExitCodes.Done;
            }

            var (kind, size) = (MazeDataConfig.KindOf(arguments.GetRequiredValue(Kind)), arguments.GetValue(Size));
            MazesCommand.RequireSize(kind, size, "mazes show");
            var vocabulary = new MazeVocabulary(kind, size);
            var maze = arguments.GetValue(File) is { } file
                ? Read(vocabulary, file, arguments.GetValue(Number))
                : MazeStream.Read(kind, size, MazesCommand.SplitOf(arguments.GetRequiredValue(Split)), arguments.GetValue(Seed)).ElementAt(arguments.GetValue(Number) - 1).Maze;
            Show(vocabulary, maze, arguments.GetValue(Path), arguments.GetValue(Svg));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static void ShowFound(string folder, int number, string? svg)
    {
        using var trained = TrainedMazeModel.Open(folder);
        var (config, vocabulary) = (trained.Config, trained.Vocabulary);
        var task = MazeStream.Read(vocabulary.Kind, vocabulary.Size, MazeSplit.Validation, config.Seed).ElementAt(number - 1);
        var ids = MazeTokenWriter.Write(vocabulary, task);
        var prompt = ids[..(Array.IndexOf(ids, vocabulary.PathStart) + 1)];
        var answer = new MazeSolver(config, vocabulary, trained.Model).Solve([prompt], config.LongestRow - prompt.Length, CancellationToken.None).Single();
        Console.Out.WriteLine($"{config.Name}, {config.Objective.TypeName}:");
        Show(vocabulary, task.Maze, vocabulary.Decode(answer), svg);
    }

    private static Maze Read(MazeVocabulary vocabulary, string file, int number)
    {
        if (System.IO.File.ReadLines(file).ElementAtOrDefault(number - 1) is not { } line)
        {
            throw new CorpusException(file, "The file has no such line. Name a line that is there with --number.", number);
        }

        return MazeTokenReader.Read(vocabulary, vocabulary.Encode(line), out var fault)
            ?? throw new CorpusException(file, $"{fault} Are --kind and --size those of the file?", number);
    }

    private static void Show(MazeVocabulary vocabulary, Maze maze, string? path, string? svg)
    {
        var solution = new AStarSolver(maze.Size).Solve(maze);
        var verdict = path is null ? null : new PathJudge(vocabulary).Judge(maze, vocabulary.Encode(path));
        var picture = verdict is null ? MazePicture.Of(maze, solution) : MazePicture.Of(maze, solution, verdict);
        foreach (var line in MazeText.Draw(picture, RunViews.IsTerminal() && Environment.GetEnvironmentVariable("NO_COLOR") is null or ""))
        {
            Console.Out.WriteLine(line);
        }

        Console.Out.WriteLine(verdict is null ? MazeSentences.Of(solution) : MazeSentences.Of(verdict));
        if (svg is not null)
        {
            AtomicFile.WriteText(svg, MazeSvg.Draw(picture));
        }
    }
}
