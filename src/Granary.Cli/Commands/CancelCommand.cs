using System.CommandLine;
using Granary.Cli.Jobs;
using Granary.Cluster.Submission;

namespace Granary.Cli.Commands;

/// <summary>`granary cancel JOB`: asks a submitted run to save and end.</summary>
internal static class CancelCommand
{
    internal static Command Build(TimeProvider time)
    {
        var command = new Command("cancel", "Asks a submitted run to save and end; submitting it again goes on from there.");
        var name = new Argument<string>("job") { Description = "The run's name, or the id of one of its parts." };
        var runs = JobsCommand.RunsOption();
        command.Arguments.Add(name);
        command.Options.Add(runs);
        command.SetAction(arguments => Guard.Run(() =>
        {
            using var interruption = new Interruption(isQuiet: true);
            var desk = Submissions.Desk(time);
            var job = desk.Find(Path.GetFullPath(arguments.GetRequiredValue(runs)), arguments.GetRequiredValue(name));
            if (SubmissionDesk.Sum(desk.LookAsync(job, interruption.Token).GetAwaiter().GetResult()) is { IsFinal: true } over)
            {
                Console.Out.WriteLine($"{job.Name} has ended already: {Submissions.Word(over.State)}");
                return ExitCodes.Done;
            }

            desk.CancelAsync(job, interruption.Token).GetAwaiter().GetResult();
            Console.Out.WriteLine($"{job.Name} was asked to end; `granary jobs{RunOptions.InFolder(arguments.GetRequiredValue(runs))}` says when it has");
            return ExitCodes.Done;
        }));
        return command;
    }
}
