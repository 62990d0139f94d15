using System.CommandLine;
using Granary.Cli.Mazes;
using Granary.Cli.Terminal;
using Granary.Core.Configuration;
using Granary.Core.Runs;

namespace Granary.Cli.Commands;

/// <summary>`granary mazes train CONFIG`: a model that finds paths.</summary>
internal static class MazesTrainCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("train", "Trains a model on mazes and measures it on unseen ones; goes on from the newest checkpoint.");
        var config = new Argument<string>("config") { Description = "The run's YAML file, with a section 'mazes'." };
        var overrides = new Option<string[]>("--set") { Description = "Overrides a key: --set training.steps=500. May be repeated." };
        var runs = new Option<string>("--runs") { Description = "The folder that holds the runs' folders.", DefaultValueFactory = _ => RunOptions.DefaultRuns };
        var json = new Option<bool>("--json") { Description = "One JSON object a line instead of text." };
        command.Arguments.Add(config);
        foreach (var option in (Option[])[overrides, runs, json])
        {
            command.Options.Add(option);
        }

        command.SetAction(arguments => Guard.Run(() =>
        {
            var run = ConfigurationFile.Load<MazeRunConfig>(arguments.GetRequiredValue(config), arguments.GetValue(overrides) ?? []);
            using var interruption = new Interruption();
            using var folder = RunFolder.Claim(Path.Combine(arguments.GetRequiredValue(runs), run.Name), ConfigurationFile.Write(run), ConfigurationFile.Resolve<MazeRunConfig>);
            using var view = RunViews.Open(arguments.GetValue(json), time);
            if (new MazeTraining(run, folder, view, time).Run(interruption.Token))
            {
                return ExitCodes.Done;
            }

            view.Warn($"Interrupted and saved. Go on with: granary mazes train {Path.GetRelativePath(Environment.CurrentDirectory, folder.ConfigPath)}{RunOptions.InFolder(arguments.GetRequiredValue(runs))}");
            return ExitCodes.Interrupted;
        }));
        return command;
    }
}
