using System.CommandLine;
using Granary.Pipelines.Mazes;

namespace Granary.Cli.Commands;

/// <summary>`granary mazes generate`: one maze a line, with its answer, in the papers' tokens.</summary>
internal static class MazesGenerateCommand
{
    internal static Command Build()
    {
        var command = new Command("generate", "Prints mazes and their solutions, one a line, in the papers' tokens.");
        var (kind, size, seed, split) = (MazesCommand.Kind(), MazesCommand.Size(), MazesCommand.Seed(), MazesCommand.Split());
        var count = new Option<int>("--count") { Description = "How many.", DefaultValueFactory = _ => 1 };
        foreach (var option in (Option[])[kind, size, count, seed, split])
        {
            command.Options.Add(option);
        }

        ThreadsOption.RequirePositive(count);
        command.SetAction(arguments => Guard.Run(() =>
        {
            var vocabulary = new MazeVocabulary(MazeDataConfig.KindOf(arguments.GetRequiredValue(kind)), Checked(arguments.GetValue(size), arguments.GetRequiredValue(kind)));
            var lines = MazeStream.Select(
                vocabulary.Kind,
                vocabulary.Size,
                MazesCommand.SplitOf(arguments.GetRequiredValue(split)),
                arguments.GetValue(seed),
                task => vocabulary.Decode(MazeTokenWriter.Write(vocabulary, task)));
            using var output = new StreamWriter(Console.OpenStandardOutput(), bufferSize: 1 << 16) { NewLine = "\n" };
            foreach (var line in lines.Take(arguments.GetValue(count)))
            {
                output.WriteLine(line);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static int Checked(int size, string kind)
    {
        MazesCommand.RequireSize(MazeDataConfig.KindOf(kind), size, "mazes generate");
        return size;
    }
}
