using System.CommandLine;
using Granary.Cli.Mixtures;
using Granary.Cli.Stages;
using Granary.Core.Configuration;

namespace Granary.Cli.Commands;

/// <summary>`granary mix CONFIG`: all stages of a run up to the mixture it trains on.</summary>
internal static class MixRunCommand
{
    /// <summary>Gives the command its own arguments, beside the commands below it.</summary>
    internal static Command AddTo(Command command, TimeProvider time)
    {
        var options = new RunOptions().AddTo(command);
        command.SetAction(arguments => options.Run(arguments, time, (context, cancellationToken) =>
        {
            if (context.Config.Mix is null)
            {
                throw new ConfigurationException("mix", ["The configuration has no section 'mix', so there is no mixture to find. Add one; configs/climb.yaml explains it."]);
            }

            RunPipeline.Prepare(context, cancellationToken);
            var folder = Path.GetRelativePath(Environment.CurrentDirectory, context.Folder.Path);
            var found = context.Config.Mix.IsSearched ? Path.Combine(folder, "stages", MixStage.Name, MixtureFile.FileName) : context.Config.Mix.File;
            context.View.Say($"the mixture is in {found}; `granary run {folder}/config.yaml{RunOptions.InFolder(arguments.GetRequiredValue(options.Runs))}` trains on it");
            return true;
        }));
        return command;
    }
}
