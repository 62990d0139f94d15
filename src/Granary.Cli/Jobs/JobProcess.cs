using Granary.Cli.Ranks;

namespace Granary.Cli.Jobs;

/// <summary>This process as a job of a launcher on the same machine.</summary>
internal static class JobProcess
{
    /// <summary>The variable by which a process knows that it is one; holds the job's id.</summary>
    internal const string Variable = "GRANARY_JOB";

    /// <summary>Makes a job end with its launcher; any other process is left as it is.</summary>
    internal static void FollowLauncher()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
        {
            return;
        }

        // What a job starts in turn is nobody's job.
        Environment.SetEnvironmentVariable(Variable, null);
        RankSignals.LeadGroup();
        LauncherPipe.DieWithLauncher();
    }
}
