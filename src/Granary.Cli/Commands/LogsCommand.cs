using System.CommandLine;
using Granary.Cli.Jobs;

namespace Granary.Cli.Commands;

/// <summary>`granary logs JOB`: what a submitted run has printed.</summary>
internal static class LogsCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("logs", "Shows what a submitted run has printed.");
        var name = new Argument<string>("job") { Description = "The run's name, or the id of one of its parts." };
        var runs = JobsCommand.RunsOption();
        var follow = new Option<bool>("--follow") { Description = "Goes on until the job ends." };
        command.Arguments.Add(name);
        command.Options.Add(runs);
        command.Options.Add(follow);
        command.SetAction(arguments => Guard.Run(() =>
        {
            using var interruption = new Interruption(isQuiet: true);
            var desk = Submissions.Desk(time);
            var job = desk.Find(Path.GetFullPath(arguments.GetRequiredValue(runs)), arguments.GetRequiredValue(name));
            foreach (var line in desk.ReadLogAsync(job, arguments.GetValue(follow), interruption.Token).ToBlockingEnumerable())
            {
                Console.Out.WriteLine(line);
            }

            return ExitCodes.Done;
        }));
        return command;
    }
}
