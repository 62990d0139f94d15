using System.CommandLine;
using System.Runtime.InteropServices;
using Granary.Cli.Jobs;
using Granary.Cluster.Submission;
using Granary.Cluster.Submission.Slurm;

namespace Granary.Cli.Commands;

/// <summary>`granary job PARAMETERS`: the process of a submitted job. `granary submit` has it started; it is not for people.</summary>
internal static class JobCommand
{
    private const PosixSignal LimitIsNear = (PosixSignal)10; // SIGUSR1, which .NET has no name for

    internal static Command Build(TimeProvider time)
    {
        var command = new Command("job", "The process of a submitted job.") { Hidden = true };
        var path = new Argument<string>("parameters") { Description = "The file that `granary submit` wrote." };
        command.Arguments.Add(path);
        command.SetAction(arguments => Guard.Run(() =>
        {
            var parameters = JobParameters.Read(arguments.GetRequiredValue(path));
            return parameters.To == SubmittedProcess.Slurm ? RunUnderSlurm(parameters, time) : SubmittedProcess.Run(parameters, time);
        }));
        return command;
    }

    private static int RunUnderSlurm(JobParameters parameters, TimeProvider time)
    {
        using var limit = new CancellationTokenSource();
        using var near = PosixSignalRegistration.Create(LimitIsNear, signal =>
        {
            signal.Cancel = true;
            limit.Cancel();
        });
        using var interruption = new Interruption(isQuiet: true);
        var batch = new SlurmBatch(parameters, Submissions.Variables(), time);
        return batch.RunAsync(line => Console.Error.WriteLine($"{Guard.Mark}{line}"), limit.Token, interruption.Token).GetAwaiter().GetResult();
    }
}
