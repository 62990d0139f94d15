using Granary.Core.Files;

namespace Granary.Cluster.Submission.Local;

/// <summary>The process of a local job, as the one who submitted it left it behind.</summary>
public static class LocalSession
{
    /// <summary>Leaves the terminal, and writes down which process this is for whoever looks for it.</summary>
    public static void Begin(JobParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        LocalProcess.LeaveTerminal();
        JobEnding.Clear(parameters.Folder, parameters.Part);
        AtomicFile.WriteText(LocalSubmitter.ProcessPathOf(parameters.Folder), LocalProcess.NameOf(Environment.ProcessId)!);
    }
}
