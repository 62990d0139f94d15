using System.Diagnostics;
using Granary.Cli.Commands;
using Granary.Cluster.Submission;
using Granary.Cluster.Submission.Local;

namespace Granary.Cli.Jobs;

/// <summary>The process of a job that was submitted to this machine: runs the work as its child, keeps what that prints, and says how it ended.</summary>
internal static class SubmittedProcess
{
    /// <summary>What parameters of a job of Slurm say.</summary>
    internal const string Slurm = "slurm";

    /// <summary>Runs the work to its end, and gives its exit code.</summary>
    internal static int Run(JobParameters parameters, TimeProvider time)
    {
        LocalSession.Begin(parameters);
        using var interruption = new Interruption(isQuiet: true);
        using var log = new JobLog(JobParameters.LogPathOf(parameters.Folder, parameters.Part));
        var start = new ProcessStartInfo(parameters.Program[0], [.. parameters.Program.Skip(1), .. parameters.Arguments]);

        // Should this process be killed, so is the work: nobody would know of it any more.
        start.Environment[JobProcess.Variable] = parameters.Run;
        using var process = ChildProcess.Start(start, log.Take, log.Take);
        using var stop = interruption.Token.Register(process.Terminate);
        var code = process.Ended.GetAwaiter().GetResult();
        new JobEnding(code, time.GetUtcNow()).Write(parameters.Folder, parameters.Part);
        return code;
    }
}
