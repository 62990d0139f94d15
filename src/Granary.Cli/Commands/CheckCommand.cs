using System.CommandLine;
using Granary.Cli.Mazes;
using Granary.Cli.Stages;
using Granary.Core.Configuration;
using Granary.Pipelines.Mazes;

namespace Granary.Cli.Commands;

/// <summary>`granary check CONFIG`: reads and checks a configuration without a device.</summary>
internal static class CheckCommand
{
    private const int PretendedVocabulary = 32_000;

    internal static Command Build()
    {
        var command = new Command("check", "Checks a configuration and prints it with every key written out.");
        var config = new Argument<string>("config") { Description = "The run's YAML file." };
        var overrides = new Option<string[]>("--set") { Description = "Overrides a key. May be repeated." };
        command.Arguments.Add(config);
        command.Options.Add(overrides);
        command.SetAction(arguments => Guard.Run(() =>
        {
            var file = arguments.GetRequiredValue(config);
            if (MazeRunConfig.IsIn(file))
            {
                return CheckMazes(file, arguments.GetValue(overrides) ?? []);
            }

            var run = ConfigurationFile.Load<RunConfig>(file, arguments.GetValue(overrides) ?? []);
            run.Mix?.RequireFiles();
            Console.Out.Write(ConfigurationFile.Write(run));
            Warn(DeviceChoice.WarningOf(run.Training));
            Warn(run.Mix is { IsSearched: true } mix ? DeviceChoice.WarningOf(mix.Proxy) : null);
            var vocabulary = run.Model.VocabSize > 0 ? run.Model.VocabSize : run.Tokenizer.VocabSize > 0 ? run.Tokenizer.VocabSize : PretendedVocabulary;
            Console.Error.WriteLine($"{file} is in order; the model has {run.Model.SpecOf(vocabulary, run.Objective.Needs.Ahead).ParameterCount():N0} parameters with {vocabulary:N0} token ids.");
            return ExitCodes.Done;
        }));
        return command;
    }

    // Where the run will be trained is not known; that it may be slower here than its writer thinks is worth a line.
    private static void Warn(string? warning)
    {
        if (warning is not null)
        {
            Console.Error.WriteLine(warning);
        }
    }

    private static int CheckMazes(string file, string[] overrides)
    {
        var run = ConfigurationFile.Load<MazeRunConfig>(file, overrides);
        Console.Out.Write(ConfigurationFile.Write(run));
        Warn(DeviceChoice.WarningOf(run.Training));
        var vocabulary = new MazeVocabulary(run.Mazes.ToKind(), run.Mazes.Size);
        Console.Error.WriteLine($"{file} is in order; the model has {run.Model.SpecOf(vocabulary.PaddedCount, run.Objective.Needs.Ahead).ParameterCount():N0} parameters with {vocabulary.PaddedCount:N0} token ids.");
        return ExitCodes.Done;
    }
}
