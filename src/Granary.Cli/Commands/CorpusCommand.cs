using System.CommandLine;
using Granary.Cli.Stages;

namespace Granary.Cli.Commands;

/// <summary>`granary corpus CONFIG`: reads and counts documents.</summary>
internal static class CorpusCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("corpus", "Reads and counts a run's documents, and lists what was left out and why.");
        var options = new RunOptions().AddTo(command);
        command.SetAction(arguments => options.Run(arguments, time, (context, cancellationToken) =>
        {
            foreach (var line in CorpusTable.Lines(CorpusReading.Run(context, cancellationToken).Report))
            {
                context.View.Say(line);
            }

            return true;
        }));
        return command;
    }
}
