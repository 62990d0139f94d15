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
            var report = CorpusReading.Run(context, cancellationToken).Report;
            foreach (var source in report.Sources)
            {
                context.View.Say($"{source.Name}: {source.Documents:N0} documents, {source.Bytes:N0} bytes; held out {source.HeldOutDocuments:N0}, {source.HeldOutBytes:N0} bytes");
                foreach (var (reason, dropped) in source.Dropped)
                {
                    context.View.Say($"  left out, {reason}: {dropped.Count:N0}");
                    foreach (var example in dropped.Examples)
                    {
                        context.View.Say($"    {example}");
                    }
                }
            }

            return true;
        }));
        return command;
    }
}
