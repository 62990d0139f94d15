using System.CommandLine;
using Granary.Cli.Terminal;
using Granary.Data.Shards;
using Granary.Pipelines.Decomposition;

namespace Granary.Cli.Commands;

/// <summary>`granary shards export SET --output FOLDER`: a shard set for other programs.</summary>
internal static class ShardsExportCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("export", "Writes a set as Parquet, a file for each row length.");
        var set = ShardsCommand.Set();
        var output = new Option<string>("--output") { Description = "The folder to write; it must not exist.", Required = true };
        command.Arguments.Add(set);
        command.Options.Add(output);
        command.SetAction(arguments => Guard.Run(() =>
        {
            using var interruption = new Interruption();
            using var view = RunViews.Open(isJson: false, time);
            var folder = arguments.GetRequiredValue(output);
            using var opened = ShardSet.Open(ShardSetPath.Find(arguments.GetRequiredValue(set)));
            ShardParquetExport.Write(opened, folder, view, interruption.Token);
            view.Say($"Wrote {folder}.");
            return ExitCodes.Done;
        }));
        return command;
    }
}
