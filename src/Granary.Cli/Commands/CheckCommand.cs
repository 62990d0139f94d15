using System.CommandLine;
using Granary.Core.Configuration;

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
            var run = ConfigurationFile.Load<RunConfig>(file, arguments.GetValue(overrides) ?? []);
            Console.Out.Write(ConfigurationFile.Write(run));
            var vocabulary = run.Model.VocabSize > 0 ? run.Model.VocabSize : run.Tokenizer.VocabSize > 0 ? run.Tokenizer.VocabSize : PretendedVocabulary;
            Console.Error.WriteLine($"{file} is in order; the model has {run.Model.SpecOf(vocabulary, run.Objective.Needs.Ahead).ParameterCount():N0} parameters with {vocabulary:N0} token ids.");
            return ExitCodes.Done;
        }));
        return command;
    }
}
