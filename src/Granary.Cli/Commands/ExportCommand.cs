using System.CommandLine;
using Granary.Cli.Stages;

namespace Granary.Cli.Commands;

/// <summary>`granary export`: a model in another program's format.</summary>
internal static class ExportCommand
{
    internal static Command Build()
    {
        var command = new Command("export", "Writes a model as a Hugging Face folder.");
        var model = new Option<string>("--model") { Description = "A run, a checkpoint or a Hugging Face folder.", Required = true };
        var to = new Option<string>("--to") { Description = "The format.", Required = true }.AcceptOnlyFromAmong("huggingface");
        var output = new Option<string>("--output") { Description = "The folder to write; it must not exist.", Required = true };
        command.Options.Add(model);
        command.Options.Add(to);
        command.Options.Add(output);
        command.SetAction(arguments => Guard.Run(() =>
        {
            var folder = arguments.GetRequiredValue(output);
            using var trained = TrainedModel.Open(arguments.GetRequiredValue(model));
            ExportStage.Write(folder, trained);
            Console.Out.WriteLine($"Wrote {folder}.");
            return ExitCodes.Done;
        }));
        return command;
    }
}
